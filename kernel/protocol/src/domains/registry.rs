//! The plugin registry: what is installed on this kernel, its settings and ratings.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::ids::UserId;

mod types;
pub use types::*;

domain! {
    /// The plugin registry: what is installed on this kernel, its settings and ratings.
    registry;
    commands {
        /// Installs a plugin for the whole kernel; its ratings stay if it was there before.
        install "plugin.registry.install" (InstallPlugin) -> RegisteredPlugin,
            needs Admin, order(|p| &p.manifest.id);
        /// Takes a plugin off the kernel, with its settings.
        uninstall "plugin.registry.uninstall" (PluginRef) -> (),
            needs Own(Plugin, |p| &p.plugin_id), order(|p| &p.plugin_id) => delete at "/marketplace/plugins/:pluginId" says "deleted";
        /// Lets agents use a plugin.
        enable "plugin.registry.enable" (PluginRef) -> (),
            needs Own(Plugin, |p| &p.plugin_id), order(|p| &p.plugin_id);
        /// Keeps a plugin installed and out of use.
        disable "plugin.registry.disable" (PluginRef) -> (),
            needs Own(Plugin, |p| &p.plugin_id), order(|p| &p.plugin_id);
        /// The plugins installed on this kernel.
        list "plugin.registry.list" (ListPlugins) -> Vec<RegisteredPlugin>,
            needs SignedIn, audit refusals => get at "/marketplace/plugins";
        /// Finds installed plugins by text.
        search "plugin.registry.search" (SearchPlugins) -> Vec<RegisteredPlugin>, needs SignedIn, audit refusals;
        /// Rates a plugin; a second rating replaces the caller's first.
        rate "plugin.registry.rate" (RatePlugin) -> Rated, needs SignedIn, order(|p| &p.plugin_id);
        /// The settings of a plugin; secret values are masked.
        settings "plugin.registry.settings.get" (PluginRef) -> BTreeMap<String, Value>,
            needs Own(Plugin, |p| &p.plugin_id), audit refusals;
        /// Changes one setting of a plugin.
        set_setting "plugin.registry.settings.set" (SetPluginSetting) -> (),
            needs Own(Plugin, |p| &p.plugin_id), order(|p| &p.plugin_id);
    }
    events {
        /// A plugin was installed.
        Installed "plugin.registry.installed" { plugin: RegisteredPlugin } to owner(Plugin, plugin.id), journal;
        /// A plugin was taken off.
        Uninstalled "plugin.registry.uninstalled" { pluginId: String } to owner(Plugin, pluginId), journal;
        /// A plugin can be used again.
        Enabled "plugin.registry.enabled" { pluginId: String } to owner(Plugin, pluginId), journal;
        /// A plugin was put out of use.
        Disabled "plugin.registry.disabled" { pluginId: String } to owner(Plugin, pluginId), journal;
        /// Somebody rated a plugin.
        RatingChanged "plugin.registry.rated" { pluginId: String, rating: i64, newAvg: f64 }
            to owner(Plugin, pluginId), journal;
        /// The plugins a query answered.
        List "plugin.registry.list" { plugins: Vec<RegisteredPlugin> } to requester, live;
        /// A plugin was installed, by the name that triggers and webhooks know.
        HookInstalled "plugin.installed" { plugin: RegisteredPlugin } to owner(Plugin, plugin.id), journal;
        /// A plugin was taken off, by the name that triggers and webhooks know.
        HookUninstalled "plugin.uninstalled" { pluginId: String } to owner(Plugin, pluginId), journal;
        /// A plugin can be used again, by the name that triggers and webhooks know.
        HookEnabled "plugin.enabled" { pluginId: String } to owner(Plugin, pluginId), journal;
        /// A plugin was put out of use, by the name that triggers and webhooks know.
        HookDisabled "plugin.disabled" { pluginId: String } to owner(Plugin, pluginId), journal;
        /// Somebody rated a plugin, with who it was.
        HookRated "plugin.rated" {
            pluginId: String,
            userId: UserId,
            rating: i64,
            #[serde(default, skip_serializing_if = "Option::is_none")] review: Option<String>,
        } to owner(Plugin, pluginId), journal;
        /// A setting of a plugin was changed; its value may be a secret, so no client is told.
        SettingChanged "plugin.setting.changed" { pluginId: String, key: String, value: Value } to nobody, journal;
        /// An agent used a plugin.
        UsageIncremented "plugin.usage.incremented" { pluginId: String } to owner(Plugin, pluginId), live;
        /// An agent said how well a plugin served it.
        QualityRated "plugin.quality.rated" { pluginId: String, rating: f64, avg_quality: f64 }
            to owner(Plugin, pluginId), journal;
        /// A plugin serves so badly that somebody should look at it.
        QualityFlagged "plugin.quality.flagged" { pluginId: String, avg_quality: f64, quality_ratings: u64 }
            to owner(Plugin, pluginId), journal;
    }
}
