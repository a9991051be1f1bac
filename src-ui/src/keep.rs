//! What the kernel keeps for this person's screens: read when first wanted, current from then on.

use aether_protocol::Empty;
use aether_protocol::WireError;
use aether_protocol::domains::preference::{self, PreferenceRef, SetPreference};
use serde_json::Value;
use wasm_bindgen_futures::spawn_local;

use crate::kernel::Kernel;
use crate::store::{Kept, Slice};

impl Kernel {
    /// A preference, which is kept current from now on.
    pub fn preference(&self, key: &str) -> Slice<Kept> {
        let slice = self.store().preferences.of(key);
        if slice.get().is_none() {
            let (kernel, key) = (self.clone(), key.to_owned());
            // One that cannot be read now is read after the next welcome.
            spawn_local(async move { drop(kernel.read_preference(&key).await) });
        }
        slice
    }

    /// Reads a preference: its value, or null where there is none.
    ///
    /// # Errors
    /// When the kernel cannot be asked.
    pub async fn read_preference(&self, key: &str) -> Result<Value, WireError> {
        let kept = preference::Client(self).get(PreferenceRef { key: key.to_owned() }).await?;
        self.store().preferences.heard(key, Some(kept.value.clone()), kept.rev);
        Ok(kept.value)
    }

    /// Keeps a preference: shown at once, and taken back where the kernel does not take it, which the person is told.
    pub fn keep(&self, key: &str, value: Value) {
        let (kernel, key) = (self.clone(), key.to_owned());
        spawn_local(async move {
            if let Err(error) = kernel.write_preference(&key, value).await {
                kernel.trouble("It was not kept", &error);
                let _ = kernel.read_preference(&key).await;
            }
        });
    }

    /// Keeps a preference: shown at once, whatever the kernel says to it.
    ///
    /// # Errors
    /// When the kernel does not take it.
    pub(crate) async fn write_preference(&self, key: &str, value: Value) -> Result<(), WireError> {
        let preferences = &self.store().preferences;
        preferences.expect(key, value.clone());
        let request = SetPreference { key: key.to_owned(), value: value.clone(), rev: None };
        let kept = preference::Client(self).set(request).await?;
        preferences.heard(key, Some(value), kept.rev);
        Ok(())
    }

    /// Reads again what other screens of this person have changed while this one was away.
    pub(crate) async fn agree_on_preferences(&self) {
        let Ok(listed) = preference::Client(self).list(Empty {}).await else { return };
        let preferences = &self.store().preferences;
        let (newer, gone) = preferences.differing(&listed);
        gone.iter().for_each(|key| preferences.gone(key));
        for key in newer.into_iter().chain(preferences.unread()) {
            let _ = self.read_preference(&key).await;
        }
    }
}
