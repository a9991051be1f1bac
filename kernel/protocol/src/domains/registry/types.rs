//! Records of the plugin registry.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::UserId;

/// What a plugin adds to the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PluginCategory {
    Tools,
    LlmProviders,
    DataSources,
    NotificationChannels,
    AuthProviders,
    Themes,
    Widgets,
}

/// Where a plugin came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PluginSource {
    Local,
    #[default]
    Registry,
    Url,
}

/// What a setting of a plugin takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PluginSettingType {
    String,
    Number,
    Boolean,
    Select,
}

/// One setting a plugin asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PluginSettingSchema {
    pub key: String,
    pub label: String,
    #[serde(rename = "type")]
    pub kind: PluginSettingType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// What a `select` chooses from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// One parameter of a plugin's tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PluginToolParameter {
    #[serde(rename = "type")]
    pub kind: String,
    pub description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
}

/// A tool a plugin gives agents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PluginTool {
    pub name: String,
    pub description: String,
    /// By name. Not a JSON Schema, though each entry reads like one.
    pub parameters: BTreeMap<String, PluginToolParameter>,
}

/// What a plugin says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PluginRegistryManifest {
    pub id: String,
    pub name: String,
    pub version: String,
    pub author: String,
    pub description: String,
    pub category: PluginCategory,
    pub icon: String,
    pub tools: Vec<PluginTool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependencies: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Vec<PluginSettingSchema>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_aether_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keywords: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Keys we do not know pass through unchanged.
    #[serde(flatten)]
    pub extra: BTreeMap<String, Value>,
}

/// A plugin in the registry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegisteredPlugin {
    pub id: String,
    pub manifest: PluginRegistryManifest,
    pub installed_at: u64,
    pub updated_at: u64,
    pub enabled: bool,
    pub install_source: PluginSource,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<String>,
    pub download_count: u64,
    /// The mean of what people gave, 1 to 5; 0 if nobody did.
    pub rating_avg: f64,
    pub rating_count: u64,
    /// How often agents used it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_count: Option<u64>,
    /// The sum of the quality ratings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_quality: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality_ratings: Option<u64>,
}

/// `plugin.registry.install`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct InstallPlugin {
    pub manifest: PluginRegistryManifest,
    /// `registry` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<PluginSource>,
    /// Whom the plugin is to belong to; the caller if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_uid: Option<String>,
}

/// Names one plugin of the registry.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PluginRef {
    pub plugin_id: String,
}

/// `plugin.registry.list`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ListPlugins {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<PluginCategory>,
    /// Text to search for, as in `plugin.registry.search`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
}

/// `plugin.registry.search`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SearchPlugins {
    /// Part of a name, a description or a keyword, in either case.
    pub query: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<PluginCategory>,
}

/// `plugin.registry.rate`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RatePlugin {
    #[serde(rename = "pluginId")]
    pub plugin_id: String,
    /// 1 (worst) to 5 (best).
    pub rating: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<String>,
    /// What existing clients send along; the rating is the caller's, whatever this says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

/// What a rating answers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rated {
    pub new_avg: f64,
}

/// `plugin.registry.settings.set`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetPluginSetting {
    pub plugin_id: String,
    pub key: String,
    pub value: Value,
}
