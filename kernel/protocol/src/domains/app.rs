//! Apps of the desktop that people add to those that come with it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::table::Empty;

/// What an app may ask of the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AppPermission {
    Filesystem,
    #[serde(rename = "filesystem:read")]
    FilesystemRead,
    Network,
    Agents,
    #[serde(rename = "agents:read")]
    AgentsRead,
    Notifications,
    System,
    Ipc,
    Memory,
    Cron,
}

/// Where an app came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InstallSource {
    Local,
    #[default]
    Registry,
    Url,
}

/// What an app says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AetherAppManifest {
    pub id: String,
    pub name: String,
    pub version: String,
    pub author: String,
    pub description: String,
    pub icon: String,
    pub permissions: Vec<AppPermission>,
    /// The page to open.
    pub entry: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_aether_version: Option<String>,
    /// Such as `productivity` or `ai`; others are kept as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keywords: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screenshots: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Keys we do not know pass through unchanged.
    #[serde(flatten)]
    pub extra: BTreeMap<String, serde_json::Value>,
}

/// An app that is installed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InstalledApp {
    pub id: String,
    pub manifest: AetherAppManifest,
    pub installed_at: u64,
    pub updated_at: u64,
    pub enabled: bool,
    pub install_source: InstallSource,
    /// Whose it is; absent means everybody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<String>,
}

/// `app.install`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct InstallApp {
    pub manifest: AetherAppManifest,
    /// The registry if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<InstallSource>,
    /// For whom; absent means for everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<String>,
}

impl InstallApp {
    /// The user it is installed for; nobody's id where it is for everybody.
    fn owner(&self) -> &str {
        self.owner_uid.as_deref().unwrap_or_default()
    }
}

/// Names one app.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AppRef {
    pub app_id: String,
}

domain! {
    /// Apps that people add to the desktop.
    app;
    commands {
        /// Installs an app for the caller, or for everybody if an administrator asks; the same id is replaced.
        install "app.install" (InstallApp) -> InstalledApp, needs Own(User, |p| p.owner()) or Admin,
            order(|p| &p.manifest.id);
        /// Takes an app away.
        uninstall "app.uninstall" (AppRef) -> (), needs Own(App, |p| &p.app_id), order(|p| &p.app_id);
        /// Shows an app on the desktop again.
        enable "app.enable" (AppRef) -> (), needs Own(App, |p| &p.app_id), order(|p| &p.app_id);
        /// Hides an app and keeps it.
        disable "app.disable" (AppRef) -> (), needs Own(App, |p| &p.app_id), order(|p| &p.app_id);
        /// The apps that are the caller's or everybody's.
        list "app.list" (Empty) -> Vec<InstalledApp>, needs SignedIn, audit refusals;
        /// One app that is the caller's or everybody's.
        get "app.get" (AppRef) -> InstalledApp, needs SignedIn, audit refusals;
    }
    events {
        /// An app was installed or replaced.
        Installed "app.installed" { app: InstalledApp } to owner(App, app.id), journal;
        /// An app was taken away.
        Uninstalled "app.uninstalled" { appId: String } to owner(App, appId), journal;
        /// An app is shown again.
        Enabled "app.enabled" { appId: String } to owner(App, appId), journal;
        /// An app is hidden.
        Disabled "app.disabled" { appId: String } to owner(App, appId), journal;
        /// The apps a list answered.
        List "app.list" { apps: Vec<InstalledApp> } to requester, live;
    }
}
