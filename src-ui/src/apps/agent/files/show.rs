//! A file as it lies in the home now.

use aether_protocol::domains::fs;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::kernel::use_kernel;
use crate::kit::{Code, EmptyState, Glyph, Skeleton};

const PICTURES: [&str; 8] = [".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".bmp"];

#[derive(Properties, PartialEq)]
pub struct ShowProps {
    pub path: String,
    /// Another whenever the file was written.
    pub stamp: u64,
}

/// See the module.
#[component]
pub fn Show(props: &ShowProps) -> Html {
    let kernel = use_kernel();
    let text = use_state(|| None::<Result<AttrValue, AttrValue>>);
    let lower = props.path.to_lowercase();
    let picture = PICTURES.iter().any(|ending| lower.ends_with(ending));
    {
        let (text, kernel) = (text.setter(), kernel.clone());
        use_effect_with((props.path.clone(), props.stamp, picture), move |(path, _, picture)| {
            let path = path.clone();
            if !*picture {
                spawn_local(async move {
                    let read = fs::Client(&kernel).read(fs::Read { path }).await;
                    text.set(Some(match read {
                        Ok(file) => Ok(file.content.into()),
                        Err(error) => Err(error.message.into()),
                    }));
                });
            }
        });
    }
    if picture {
        let name = props.path.rsplit('/').next().unwrap_or_default().to_owned();
        return html! { <img class="files-tab__picture" src={kernel.door().file_url(&props.path)} alt={name} /> };
    }
    match &*text {
        None => html! { <Skeleton lines={6} label="Reading the file" /> },
        Some(Ok(text)) => html! { <Code text={text.clone()} label="Content" class="files-tab__code" /> },
        Some(Err(why)) => html! {
            <EmptyState icon={Glyph::FileQuestionMark} title="It cannot be shown here" text={why.clone()} />
        },
    }
}
