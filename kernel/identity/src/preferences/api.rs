//! The commands of the `preference` domain.

use aether_base::{Cx, Result};
use aether_protocol::Empty;
use aether_protocol::domains::preference::{
    Api, Preference, PreferenceLine, PreferenceRef, PreferenceRev, SetPreference,
};

use super::Preferences;

impl Api<Cx> for Preferences {
    async fn get(&self, cx: &Cx, request: PreferenceRef) -> Result<Preference> {
        Ok(Preferences::get(self, &cx.caller, request.key).await?)
    }

    async fn set(&self, cx: &Cx, request: SetPreference) -> Result<PreferenceRev> {
        let SetPreference { key, value, rev } = request;
        Ok(PreferenceRev { rev: Preferences::set(self, &cx.caller, key, value, rev).await? })
    }

    async fn list(&self, cx: &Cx, _request: Empty) -> Result<Vec<PreferenceLine>> {
        Ok(Preferences::list(self, &cx.caller).await?)
    }

    async fn delete(&self, cx: &Cx, request: PreferenceRef) -> Result<()> {
        Ok(Preferences::delete(self, &cx.caller, request.key).await?)
    }
}
