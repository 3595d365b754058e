use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::EnvFilter;

/// What this thread logs, as the server would write it.
pub(super) struct Log {
    written: Buffer,
    _guard: DefaultGuard,
}

impl Log {
    pub(super) fn start() -> Self {
        let written = Buffer::default();
        let writer = written.clone();
        let lines = tracing_subscriber::fmt()
            .json()
            .with_env_filter(EnvFilter::new("info,sea_orm_migration=warn,sqlx=warn"))
            .with_writer(move || writer.clone());
        let guard = tracing::subscriber::set_default(lines.finish());
        Self { written, _guard: guard }
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.written.0.lock().unwrap().clone()).unwrap()
    }

    /// The code with which the request of this trace id was refused, if it was.
    pub(super) fn code(&self, trace: &str) -> Option<String> {
        let text = self.text();
        let mut codes = text.lines().filter_map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let field = |name: &str| line.pointer(&format!("/fields/{name}")).and_then(Value::as_str);
            field("code").filter(|_| field("trace") == Some(trace)).map(str::to_owned)
        });
        codes.next()
    }
}

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
