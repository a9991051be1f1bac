//! A text that is changed and saved.

use std::cell::RefCell;
use std::rc::Rc;

use aether_protocol::domains::fs::{self, Stat, Write};
use aether_protocol::{ErrorCode, WireError};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use super::decode::Text;
use super::draft::{self, Draft};
use crate::kernel::{Kernel, use_kernel};
use crate::kit::browser::{Listener, Timeout};
use crate::kit::{Banner, Button, ConfirmDialog, Glyph, Size, Tone, Variant, set};

/// Milliseconds after the last key before a text is kept.
const REST: i32 = 800;

#[derive(Properties, PartialEq)]
pub struct EditorProps {
    pub path: AttrValue,
    /// What is in the file now.
    pub text: Rc<Text>,
    /// When the file was changed last, in milliseconds since the Unix epoch.
    pub modified_at: f64,
    /// The file is no longer there.
    pub gone: bool,
    pub wrap: bool,
    /// Told whether there is something to save.
    pub ondirty: Callback<bool>,
    pub onclose: Callback<()>,
    /// It was saved: what is shown has to be fetched again.
    pub onsaved: Callback<()>,
}

/// What of an edit is not drawn: the text area has the text.
struct Edit {
    path: String,
    text: String,
    /// What was read or written last.
    base_text: String,
    base: f64,
}

impl Edit {
    fn is_dirty(&self) -> bool {
        self.text != self.base_text
    }

    /// Keeps what is not saved, or forgets what is.
    fn keep(&self) -> bool {
        if self.is_dirty() {
            return draft::keep(&self.path, &Draft { text: self.text.clone(), base: self.base });
        }
        draft::forget(&self.path);
        true
    }
}

#[derive(Clone, PartialEq)]
enum State {
    Still,
    Saving,
    Failed(WireError),
    /// Somebody else has changed the file since.
    Conflict,
    /// All that was typed is about to be given up.
    Discarding,
}

/// See the module.
#[component]
pub fn Editor(props: &EditorProps) -> Html {
    let kernel = use_kernel();
    let area = use_node_ref();
    let state = use_state(|| State::Still);
    let dirty = use_state(|| false);
    let edit = use_edit(props);
    let restored = use_state(|| false);
    use_start(&area, &edit, &dirty, &restored);
    use_keeping(&edit, *dirty);
    {
        let ondirty = props.ondirty.clone();
        use_effect_with(*dirty, move |dirty| ondirty.emit(*dirty));
    }
    let behind = use_follow(props, &edit, &area, *dirty);

    let oninput = {
        let (edit, dirty) = (edit.clone(), dirty.clone());
        Callback::from(move |event: InputEvent| {
            let mut edit = edit.borrow_mut();
            edit.text = event.target_unchecked_into::<HtmlTextAreaElement>().value();
            if edit.is_dirty() != *dirty {
                dirty.set(!*dirty);
            }
        })
    };
    let save = {
        let save = Save {
            kernel,
            edit: edit.clone(),
            state: state.clone(),
            dirty: dirty.clone(),
            text: props.text.clone(),
            onsaved: props.onsaved.clone(),
        };
        Callback::from(move |anyway: bool| save.begin(anyway))
    };
    let discard = discard(&edit, &props.onclose);
    let ask = {
        let (state, dirty, discard) = (state.clone(), *dirty, discard.clone());
        Callback::from(move |_: MouseEvent| if dirty { state.set(State::Discarding) } else { discard.emit(()) })
    };
    let still = set(&state).reform(|()| State::Still);
    html! {
        <div class="editor" onkeydown={by_key(&save, *dirty)}>
            { notices(props, &state, &save, &discard, behind && *dirty, *restored && *dirty) }
            <textarea ref={area} class={classes!("editor__area", "mono", props.wrap.then_some("editor__area--wrap"))}
                aria-label="Text of the file" spellcheck="false" autocomplete="off" autocapitalize="off"
                wrap={if props.wrap { "soft" } else { "off" }} {oninput} data-test="editor" />
            { foot(*state == State::Saving, *dirty, ask, &save) }
            if *state == State::Discarding {
                <ConfirmDialog title="Discard your changes?" description="The file stays as it is on disk."
                    confirm="Discard" cancel="Keep editing" danger={true} onconfirm={discard} oncancel={still} />
            }
        </div>
    }
}

/// Gives up what was typed.
fn discard(edit: &Rc<RefCell<Edit>>, onclose: &Callback<()>) -> Callback<()> {
    let (edit, onclose) = (edit.clone(), onclose.clone());
    Callback::from(move |()| {
        let path = {
            let mut edit = edit.borrow_mut();
            edit.text = edit.base_text.clone();
            edit.path.clone()
        };
        draft::forget(&path);
        onclose.emit(());
    })
}

/// Ctrl or Cmd with S, which would save the page.
fn by_key(save: &Callback<bool>, dirty: bool) -> Callback<KeyboardEvent> {
    let save = save.clone();
    Callback::from(move |event: KeyboardEvent| {
        if (event.ctrl_key() || event.meta_key()) && !event.alt_key() && event.key().eq_ignore_ascii_case("s") {
            event.prevent_default();
            event.stop_propagation();
            if dirty {
                save.emit(false);
            }
        }
    })
}

fn foot(saving: bool, dirty: bool, ask: Callback<MouseEvent>, save: &Callback<bool>) -> Html {
    html! {
        <footer class="editor__foot">
            <span class="editor__state" role="status">
                { if saving { "Saving" } else if dirty { "Not saved" } else { "Saved" } }
            </span>
            <Button size={Size::Small} variant={Variant::Ghost} onclick={ask}>
                { if dirty { "Discard changes" } else { "Close editor" } }
            </Button>
            <Button size={Size::Small} variant={Variant::Primary} disabled={!dirty} busy={saving}
                onclick={save.reform(|_: MouseEvent| false)}>{ "Save" }</Button>
        </footer>
    }
}

fn notices(
    props: &EditorProps,
    state: &State,
    save: &Callback<bool>,
    discard: &Callback<()>,
    behind: bool,
    restored: bool,
) -> Html {
    let choose = || {
        html! {
            <span class="editor__choice">
                <Button size={Size::Small} onclick={discard.reform(|_: MouseEvent| ())}>{ "Take theirs" }</Button>
                <Button size={Size::Small} onclick={save.reform(|_: MouseEvent| true)}>{ "Overwrite with mine" }</Button>
            </span>
        }
    };
    match state {
        State::Failed(error) => {
            let action = html! {
                <Button size={Size::Small} icon={Glyph::RefreshCw} onclick={save.reform(|_: MouseEvent| false)}>{ "Retry" }</Button>
            };
            html! { <Banner tone={Tone::Failed} text={format!("Not saved. {}", error.message)} {action} /> }
        }
        State::Conflict => {
            let text = "The file has changed in the meantime. Nothing was saved; your text is kept.";
            html! { <Banner tone={Tone::NeedsYou} {text} action={choose()} /> }
        }
        _ if props.gone => {
            let text = "The file is gone. Your text is kept; saving creates the file again.";
            html! { <Banner tone={Tone::NeedsYou} {text} /> }
        }
        _ if behind => {
            let text = "The file has changed in the meantime. Your text is kept.";
            html! { <Banner tone={Tone::NeedsYou} {text} action={choose()} /> }
        }
        _ if restored => html! { <Banner text="These are your unsaved changes from before." icon={Glyph::History} /> },
        State::Still | State::Saving | State::Discarding => Html::default(),
    }
}

#[hook]
fn use_edit(props: &EditorProps) -> Rc<RefCell<Edit>> {
    let (path, text, base) = (props.path.to_string(), props.text.clone(), props.modified_at);
    use_mut_ref(move || {
        let text = text.editable();
        Edit { path, base_text: text.clone(), text, base }
    })
}

/// Puts the text into its area, or what was typed before and not saved.
#[hook]
fn use_start(area: &NodeRef, edit: &Rc<RefCell<Edit>>, dirty: &UseStateHandle<bool>, restored: &UseStateHandle<bool>) {
    let (area, edit, dirty, restored) = (area.clone(), edit.clone(), dirty.clone(), restored.clone());
    use_effect_with((), move |()| {
        let mut edit = edit.borrow_mut();
        if let Some(kept) = draft::kept(&edit.path) {
            edit.text = kept.text;
            edit.base = kept.base;
            let changed = edit.is_dirty();
            dirty.set(changed);
            restored.set(changed);
        }
        if let Some(area) = area.cast::<HtmlTextAreaElement>() {
            area.set_value(&edit.text);
            let _ = area.set_selection_range(0, 0);
            let _ = area.focus();
        }
    });
}

/// Keeps what is typed: a moment after the last key, when the page goes, and when the editor does.
#[hook]
fn use_keeping(edit: &Rc<RefCell<Edit>>, dirty: bool) {
    let kept = edit.clone();
    use_effect_with((), move |()| {
        let going = kept.clone();
        let page = web_sys::window().map(|window| {
            Listener::new(&window, "pagehide", move |_| {
                going.borrow().keep();
            })
        });
        move || {
            drop(page);
            kept.borrow().keep();
        }
    });
    let edit = edit.clone();
    use_effect_with(dirty, move |dirty| {
        let timer: Rc<RefCell<Option<Timeout>>> = Rc::default();
        let heard = (*dirty).then(|| {
            let timer = timer.clone();
            web_sys::window().and_then(|window| window.document()).map(|document| {
                Listener::new(&document, "input", move |_| {
                    let edit = edit.clone();
                    *timer.borrow_mut() = Timeout::new(REST, move || {
                        edit.borrow().keep();
                    });
                })
            })
        });
        move || drop((heard, timer))
    });
}

/// Takes in what others write while nothing was typed; true if the file is another than the one that was begun from.
#[hook]
fn use_follow(props: &EditorProps, edit: &Rc<RefCell<Edit>>, area: &NodeRef, dirty: bool) -> bool {
    let (text, at) = (props.text.clone(), props.modified_at);
    let behind = edit.borrow().base != at;
    let (edit, area) = (edit.clone(), area.clone());
    use_effect_with((text, at.to_bits(), dirty), move |(text, at, dirty)| {
        let mut edit = edit.borrow_mut();
        if *dirty || edit.is_dirty() || edit.base == f64::from_bits(*at) {
            return;
        }
        let now = text.editable();
        edit.base = f64::from_bits(*at);
        if now != edit.base_text {
            (edit.text, edit.base_text) = (now.clone(), now);
            if let Some(area) = area.cast::<HtmlTextAreaElement>() {
                area.set_value(&edit.text);
            }
        }
    });
    behind
}

/// All that saving needs.
struct Save {
    kernel: Kernel,
    edit: Rc<RefCell<Edit>>,
    state: UseStateHandle<State>,
    dirty: UseStateHandle<bool>,
    text: Rc<Text>,
    onsaved: Callback<()>,
}

impl Save {
    /// Writes the text, unless the file is another by now. `anyway` writes it over that one.
    fn begin(&self, anyway: bool) {
        if *self.state == State::Saving {
            return;
        }
        self.state.set(State::Saving);
        let (kernel, edit, text) = (self.kernel.clone(), self.edit.clone(), self.text.clone());
        let (state, dirty, onsaved) = (self.state.clone(), self.dirty.clone(), self.onsaved.clone());
        spawn_local(async move {
            let (path, typed, base) = {
                let edit = edit.borrow();
                (edit.path.clone(), edit.text.clone(), edit.base)
            };
            let known = if anyway { None } else { Some(base) };
            match write(&kernel, &path, &text.written(&typed), known).await {
                Ok(Some(at)) => {
                    let more = {
                        let mut edit = edit.borrow_mut();
                        (edit.base_text, edit.base) = (typed, at);
                        edit.keep();
                        edit.is_dirty()
                    };
                    // What was typed while it was saved is still to be saved.
                    dirty.set(more);
                    state.set(State::Still);
                    onsaved.emit(());
                }
                Ok(None) => state.set(State::Conflict),
                Err(error) => state.set(State::Failed(error)),
            }
        });
    }
}

/// Writes a file and answers when it was changed by that; `None` if it is another one than `known` says.
async fn write(kernel: &Kernel, path: &str, content: &str, known: Option<f64>) -> Result<Option<f64>, WireError> {
    let files = fs::Client(kernel);
    let stat = || files.stat(Stat { path: path.to_owned() });
    if let Some(known) = known {
        match stat().await {
            Ok(now) if now.modified_at != known => return Ok(None),
            Ok(_) => {}
            // It is made again.
            Err(error) if error.code == ErrorCode::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    files.write(Write { path: path.to_owned(), content: content.to_owned() }).await?;
    stat().await.map(|now| Some(now.modified_at))
}
