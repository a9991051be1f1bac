//! What a person can set about the look, at the top of the gallery.

use yew::prelude::*;

use crate::kit::{Choice, Segmented};

/// An attribute of the page, its name, and its values with theirs.
type Setting = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const SETTINGS: [Setting; 4] = [
    ("data-theme", "Theme", &[("dark", "Dark"), ("light", "Light")]),
    ("data-contrast", "Contrast", &[("normal", "Normal"), ("more", "More")]),
    ("data-motion", "Motion", &[("full", "Full"), ("reduced", "Reduced")]),
    ("data-density", "Density", &[("auto", "Auto"), ("compact", "Compact"), ("touch", "Touch")]),
];

#[function_component]
pub(super) fn Toggles() -> Html {
    let chosen = use_state(|| SETTINGS.map(|(_, _, values)| values.first().map_or("", |(value, _)| *value).to_owned()));
    html! {
        <div class="gallery__toggles">
            { for SETTINGS.iter().zip(chosen.iter()).enumerate().map(|(index, ((attribute, label, values), value))| {
                let chosen = chosen.clone();
                let onchange = Callback::from(move |value: AttrValue| {
                    set(attribute, &value);
                    let mut now = (*chosen).clone();
                    if let Some(place) = now.get_mut(index) {
                        *place = value.to_string();
                    }
                    chosen.set(now);
                });
                let choices: Vec<Choice> = values.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
                html! { <Segmented key={*attribute} label={*label} value={value.clone()} {choices} {onchange} /> }
            }) }
        </div>
    }
}

fn set(attribute: &str, value: &str) {
    let root = web_sys::window().and_then(|window| window.document()).and_then(|document| document.document_element());
    if let Some(root) = root {
        let _ = root.set_attribute(attribute, value);
    }
}
