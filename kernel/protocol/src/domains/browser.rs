//! Browser sessions: pages that agents and people look at and work in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The size of a session's window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BrowserSessionOptions {
    /// 1280 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// 720 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// The page a session shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BrowserPageInfo {
    pub url: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub favicon: Option<String>,
    pub is_loading: bool,
}

/// One element of a page that can be read or used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DomElement {
    pub tag: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
    /// The kind of an input.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aria_label: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub children: Option<Vec<DomElement>>,
}

/// A page as a list of its elements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DomSnapshot {
    pub url: String,
    pub title: String,
    pub elements: Vec<DomElement>,
}

/// A button of the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MouseButton {
    #[default]
    Left,
    Right,
}

/// `browser:create`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateSession {
    /// Chosen by the caller; an agent's own is `browser_<pid>`.
    pub session_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<BrowserSessionOptions>,
}

/// Names one session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionRef {
    pub session_id: String,
}

/// `browser:navigate`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Navigate {
    pub session_id: String,
    /// Empty stays on the page.
    pub url: String,
}

/// `browser:click`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Click {
    pub session_id: String,
    pub x: f64,
    pub y: f64,
    /// The left one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub button: Option<MouseButton>,
}

/// `browser:type`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TypeText {
    pub session_id: String,
    pub text: String,
}

/// `browser:keypress`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyPress {
    pub session_id: String,
    /// One key by its name, such as `Enter`.
    pub key: String,
}

/// `browser:scroll`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scroll {
    pub session_id: String,
    pub delta_x: f64,
    pub delta_y: f64,
}

/// `browser:screencast_start`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StartScreencast {
    pub session_id: String,
    /// Pictures a second: 10 if absent, at most 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fps: Option<f64>,
}

/// A picture of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Screenshot {
    /// A PNG in base64.
    pub screenshot: String,
}

domain! {
    /// Browser sessions.
    browser;
    commands {
        /// Opens a session under an id that nobody has yet.
        create "browser:create" (CreateSession) -> SessionRef, needs SignedIn, order(|p| &p.session_id);
        /// Goes to an address and waits until the page has settled.
        navigate "browser:navigate" (Navigate) -> BrowserPageInfo, needs Own(BrowserSession, |p| &p.session_id),
            order(|p| &p.session_id);
        /// Clicks at a point of the page.
        click "browser:click" (Click) -> (), needs Own(BrowserSession, |p| &p.session_id),
            order(|p| &p.session_id), audit refusals;
        /// Types into the element that has the focus.
        type_text "browser:type" (TypeText) -> (), needs Own(BrowserSession, |p| &p.session_id),
            order(|p| &p.session_id), audit refusals;
        /// Presses one key.
        keypress "browser:keypress" (KeyPress) -> (), needs Own(BrowserSession, |p| &p.session_id),
            order(|p| &p.session_id), audit refusals;
        /// Turns the mouse wheel.
        scroll "browser:scroll" (Scroll) -> (), needs Own(BrowserSession, |p| &p.session_id),
            order(|p| &p.session_id), audit refusals;
        /// Takes a picture of the page.
        screenshot "browser:screenshot" (SessionRef) -> Screenshot, needs Own(BrowserSession, |p| &p.session_id),
            audit refusals;
        /// Closes a session.
        destroy "browser:destroy" (SessionRef) -> (), needs Own(BrowserSession, |p| &p.session_id),
            order(|p| &p.session_id);
        /// Sends pictures of the page until it is stopped.
        screencast_start "browser:screencast_start" (StartScreencast) -> (),
            needs Own(BrowserSession, |p| &p.session_id), order(|p| &p.session_id), audit refusals;
        /// Sends no more pictures.
        screencast_stop "browser:screencast_stop" (SessionRef) -> (),
            needs Own(BrowserSession, |p| &p.session_id), order(|p| &p.session_id), audit refusals;
        /// Goes one page back.
        back "browser:back" (SessionRef) -> BrowserPageInfo, needs Own(BrowserSession, |p| &p.session_id),
            order(|p| &p.session_id);
        /// Goes one page forward.
        forward "browser:forward" (SessionRef) -> BrowserPageInfo, needs Own(BrowserSession, |p| &p.session_id),
            order(|p| &p.session_id);
        /// Loads the page again.
        reload "browser:reload" (SessionRef) -> BrowserPageInfo, needs Own(BrowserSession, |p| &p.session_id),
            order(|p| &p.session_id);
        /// Lists the elements of the page that can be read or used.
        dom_snapshot "browser:dom_snapshot" (SessionRef) -> DomSnapshot,
            needs Own(BrowserSession, |p| &p.session_id), audit refusals;
    }
    events {
        /// A session was opened.
        Created "browser:created" { sessionId: String } to owner(BrowserSession, sessionId), live;
        /// A session shows another page.
        Navigated "browser:navigated" { sessionId: String, url: String, title: String }
            to owner(BrowserSession, sessionId), live;
        /// A picture of the page: a PNG in base64.
        Screenshot "browser:screenshot" { sessionId: String, data: String }
            to owner(BrowserSession, sessionId), stream;
        /// What page a session shows.
        PageInfo "browser:page_info" { sessionId: String, info: BrowserPageInfo }
            to owner(BrowserSession, sessionId), live;
        /// A session was closed.
        Destroyed "browser:destroyed" { sessionId: String } to owner(BrowserSession, sessionId), live;
        /// A session failed.
        Error "browser:error" { sessionId: String, error: String } to owner(BrowserSession, sessionId), live;
        /// A page gave a file; `tempPath` says where it lies, as its owner may read it.
        Download "browser:download" { sessionId: String, filename: String, tempPath: String }
            to owner(BrowserSession, sessionId), journal;
    }
}
