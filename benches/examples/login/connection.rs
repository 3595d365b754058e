//! As much of HTTP/1.1 as the two servers need: one request after the other over a connection that is kept.

use std::array;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use landfall_benches::Failure;

/// A server that says nothing for so long has hung.
const LONGEST: Duration = Duration::from_secs(30);

/// How many requests are under way at once.
const CLIENTS: usize = 4;

/// Does something with each item, each client over a connection of its own that it keeps; in their order.
pub(crate) fn at_once<T: Send, R: Send>(
    address: &str,
    items: Vec<T>,
    one: impl Fn(&mut Connection, T) -> Result<R, Failure> + Sync,
) -> Result<Vec<R>, Failure> {
    let share = items.len().div_ceil(CLIENTS);
    let mut items = items.into_iter();
    let shares: [Vec<T>; CLIENTS] = array::from_fn(|_| items.by_ref().take(share).collect());
    let call = |share: Vec<T>| {
        let mut connection = Connection::open(address)?;
        share.into_iter().map(|item| one(&mut connection, item)).collect::<Result<Vec<R>, Failure>>()
    };
    let call = &call;
    thread::scope(|scope| {
        let clients = shares.map(|share| scope.spawn(move || call(share)));
        let mut all = Vec::new();
        for client in clients {
            all.extend(client.join().map_err(|_| "a client broke down")??);
        }
        Ok(all)
    })
}

/// A connection to a server.
pub(crate) struct Connection {
    address: String,
    stream: BufReader<TcpStream>,
}

/// What a server answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    status: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(LONGEST))?;
        Ok(Self { address: address.to_owned(), stream: BufReader::new(stream) })
    }

    /// Where it leads.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Asks for a page, and is sent on.
    pub(crate) fn get(&mut self, path: &str, cookies: &str) -> Result<Answer, Failure> {
        let head = self.head("GET", path, cookies);
        self.exchange(&format!("{head}\r\n"))
    }

    /// Posts a form, and is sent on.
    pub(crate) fn post(&mut self, path: &str, cookies: &str, form: &str) -> Result<Answer, Failure> {
        let mut request = self.head("POST", path, cookies);
        write!(
            request,
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        )?;
        self.exchange(&request)
    }

    /// Asks as a program does, with these headers, each ended by a line break; gives status and body.
    pub(crate) fn call(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> Result<(String, String), Failure> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let answer = read(&mut self.stream)?;
        Ok((answer.status, String::from_utf8(answer.body)?))
    }

    /// With the headers that a browser of today sends to a page, by name or by length.
    fn head(&self, method: &str, path: &str, cookies: &str) -> String {
        let cookies = if cookies.is_empty() { String::new() } else { format!("Cookie: {cookies}\r\n") };
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n\
             User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n\
             Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
             Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate\r\n\
             Upgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n{cookies}",
            self.address
        )
    }

    fn exchange(&mut self, request: &str) -> Result<Answer, Failure> {
        self.stream.get_mut().write_all(request.as_bytes())?;
        let answer = read(&mut self.stream)?;
        if answer.status == "303" { Ok(answer) } else { Err(format!("expected 303, got {answer:?}").into()) }
    }
}

/// Reads an answer to its end, which Content-Length tells.
fn read(stream: &mut impl BufRead) -> Result<Answer, Failure> {
    let first = line(stream)?;
    let status = first.split(' ').nth(1).ok_or_else(|| format!("{first:?} is no status line"))?.to_owned();
    let mut answer = Answer { status, headers: Vec::new(), body: Vec::new() };
    loop {
        let line = line(stream)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| format!("{line:?} is no header"))?;
        answer.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    // What has no content has no length either [rfc9110 8.6].
    let length = if answer.status == "204" { 0 } else { answer.header("content-length")?.parse()? };
    stream.take(length).read_to_end(&mut answer.body)?;
    Ok(answer)
}

fn line(stream: &mut impl BufRead) -> Result<String, Failure> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let line = line.strip_suffix("\r\n").ok_or("the server has closed the connection")?;
    Ok(line.to_owned())
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Result<&str, Failure> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(of, _)| of == name).map(|(_, value)| value.as_str());
        found.ok_or_else(|| format!("no {name} in {self:?}").into())
    }

    /// The one cookie that it sets, without its attributes.
    pub(crate) fn cookie(&self) -> Result<&str, Failure> {
        Ok(self.header("set-cookie")?.split(';').next().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_it_says() {
        let one = "HTTP/1.1 303 See Other\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 2\r\n\r\nok";
        let two = format!("{one}{one}");
        let mut stream = two.as_bytes();
        let answer = read(&mut stream).unwrap();
        assert_eq!((answer.status.as_str(), answer.cookie().unwrap()), ("303", "a=b"));
        assert_eq!(read(&mut stream).unwrap(), answer);
        assert!(read(&mut stream).unwrap_err().to_string().contains("closed"));
        let endless = one.replace("Content-Length", "X");
        assert!(read(&mut endless.as_bytes()).unwrap_err().to_string().contains("content-length"));
    }
}
