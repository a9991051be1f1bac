//! Signing in and out over HTTP, which alone can set the cookie that no script can read.

use serde::Deserialize;
use serde_json::{Value, json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestCredentials, RequestInit, Response};

/// What a sign-in leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum SignIn {
    Done,
    /// A second factor is wanted; the token goes with its code.
    NeedsCode {
        token: String,
    },
}

/// Why it failed, for the person.
#[derive(Debug, Clone, PartialEq)]
pub struct Failed(pub String);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    mfa_required: bool,
    #[serde(default)]
    mfa_token: String,
}

/// Signs in by name and password.
pub async fn sign_in(username: &str, password: &str) -> Result<SignIn, Failed> {
    let body = json!({"username": username, "password": password});
    let answer: Answer = serde_json::from_value(post("/api/auth/login", &body).await?).map_err(|_| strange())?;
    Ok(if answer.mfa_required { SignIn::NeedsCode { token: answer.mfa_token } } else { SignIn::Done })
}

/// The second step: the code of the authenticator, or a recovery code.
pub async fn sign_in_with_code(token: &str, code: &str) -> Result<(), Failed> {
    post("/api/auth/mfa/login", &json!({"mfaToken": token, "code": code})).await.map(drop)
}

/// Signs out and takes the cookie back.
pub async fn sign_out() -> Result<(), Failed> {
    post("/api/auth/logout", &json!({})).await.map(drop)
}

/// When the token in the cookie ends, in milliseconds since the Unix epoch; `None` where it does not.
///
/// It is asked over HTTP, because the link lives by the token that it was opened with, which may be another one.
pub async fn expires_at() -> Result<Option<u64>, Failed> {
    let answer = post("/api/v1/commands/auth.me", &json!({})).await?;
    Ok(answer["data"]["expiresAt"].as_u64())
}

/// Puts a new token into the cookie in place of the one that is there, which dies.
pub async fn renew() -> Result<(), Failed> {
    post("/api/auth/refresh", &json!({})).await.map(drop)
}

async fn post(path: &str, body: &Value) -> Result<Value, Failed> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_credentials(RequestCredentials::SameOrigin);
    init.set_body(&JsValue::from_str(&body.to_string()));
    let headers = web_sys::Headers::new().map_err(|_| strange())?;
    headers.set("content-type", "application/json").map_err(|_| strange())?;
    init.set_headers(&headers);
    let window = web_sys::window().ok_or_else(strange)?;
    let response: Response = JsFuture::from(window.fetch_with_str_and_init(path, &init))
        .await
        .map_err(|_| Failed("The server does not answer. Check that it runs, then try again.".to_owned()))?
        .dyn_into()
        .map_err(|_| strange())?;
    let text = JsFuture::from(response.text().map_err(|_| strange())?).await.map_err(|_| strange())?;
    let value: Value = serde_json::from_str(&text.as_string().unwrap_or_default()).unwrap_or(Value::Null);
    if response.ok() { Ok(value) } else { Err(Failed(reason(response.status(), &value))) }
}

/// The sentence of a refusal: the routes of old answer text, the newer ones an object.
fn reason(status: u16, value: &Value) -> String {
    let error = &value["error"];
    let said = error.as_str().or_else(|| error["message"].as_str());
    said.map_or_else(|| format!("The server answered {status}. Try again."), str::to_owned)
}

fn strange() -> Failed {
    Failed("The server's answer could not be read. Reload the page.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shapes_of_a_refusal_give_their_sentence() {
        assert_eq!(reason(401, &json!({"error": "Wrong password."})), "Wrong password.");
        assert_eq!(reason(429, &json!({"error": {"code": "RATE_LIMITED", "message": "Wait."}})), "Wait.");
        assert_eq!(reason(502, &Value::Null), "The server answered 502. Try again.");
    }
}
