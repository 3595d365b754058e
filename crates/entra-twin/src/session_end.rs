//! How long a session goes on once somebody has lost access.

use crate::{Driver, Person, Provider, ScenarioError, sp_initiated};

/// Signs in, and opens the account page again and again until it is closed.
///
/// `between` is called before each look with how many there were, the first time when the person is signed in:
/// there access is taken away, or waited for that. It says whether to look once more.
///
/// ```no_run
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// use landfall_entra_twin::{Driver, Person, Provider, session_end};
/// let sp = Provider {
///     landing: &"http://127.0.0.1:8080/sso".parse()?,
///     account: &"http://127.0.0.1:8080/account".parse()?,
/// };
/// let person = Person { name: "B.Simon@contoso.example", password: "Pass-1234" };
/// let wait = async |looks| {
///     tokio::time::sleep(std::time::Duration::from_millis(20)).await;
///     looks < 3_000
/// };
/// println!("{}", session_end(&mut Driver::new()?, sp, person.name, person, wait).await?);
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`ScenarioError`] if the person does not get in, the page is another one, or it is open still at the last look.
pub async fn session_end(
    driver: &mut Driver,
    sp: Provider<'_>,
    login_name: &str,
    person: Person<'_>,
    mut between: impl AsyncFnMut(usize) -> bool,
) -> Result<String, ScenarioError> {
    sp_initiated(driver, sp, login_name, person).await?;
    let mut looks = 0;
    while between(looks).await {
        looks += 1;
        let page = driver.open(sp.account).await?;
        if page.status == 200 && page.url == *sp.account {
            continue;
        }
        let sent_away = page.hops.first().is_some_and(|hop| hop.status == 303 && hop.url == *sp.account);
        if !sent_away || page.url.path() != sp.landing.path() {
            let expected = "the account page, or a redirect 303 from it to the landing page";
            return Err(ScenarioError::came(expected, &page));
        }
        return Ok(format!("session over: {} answers 303 to {}", sp.account, page.url));
    }
    Err(ScenarioError::Unexpected {
        expected: format!("a closed account page after at most {looks} looks"),
        came: "an open one".to_owned(),
    })
}
