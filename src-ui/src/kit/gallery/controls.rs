//! Buttons, fields and choices.

use yew::prelude::*;

use super::Sample;
use crate::kit::{
    Button, Checkbox, Choice, Combobox, Field, Glyph, IconButton, Kbd, NumberInput, PasswordInput, RadioCards,
    SearchField, Segmented, Select, Shortcut, Size, Slider, Switch, TextArea, TextInput, Tooltip, Variant, format,
};

const VARIANTS: [(Variant, &str); 4] = [
    (Variant::Primary, "Primary"),
    (Variant::Secondary, "Secondary"),
    (Variant::Ghost, "Ghost"),
    (Variant::Danger, "Danger"),
];

#[function_component]
pub(super) fn Buttons() -> Html {
    let pressed = use_state(|| true);
    let toggle = {
        let pressed = pressed.clone();
        Callback::from(move |_| pressed.set(!*pressed))
    };
    let each = |draw: &dyn Fn(Variant, &'static str) -> Html| {
        VARIANTS.iter().map(|(variant, name)| draw(*variant, name)).collect::<Html>()
    };
    html! {
        <div class="gallery__grid">
            <Sample name="Variants">{ each(&|variant, name| html! { <Button {variant}>{ name }</Button> }) }</Sample>
            <Sample name="Disabled">
                { each(&|variant, name| html! { <Button {variant} disabled={true}>{ name }</Button> }) }
            </Sample>
            <Sample name="Busy">{ each(&|variant, name| html! { <Button {variant} busy={true}>{ name }</Button> }) }</Sample>
            <Sample name="Icon before">
                <Button variant={Variant::Primary} icon={Glyph::Plus}>{ "Deploy agent" }</Button>
                <Button icon={Glyph::MousePointerClick}>{ "Take over" }</Button>
                <Button variant={Variant::Ghost} icon={Glyph::Pause}>{ "Pause" }</Button>
            </Sample>
            <Sample name="Sizes">
                <Button size={Size::Small}>{ "Small" }</Button>
                <Button>{ "Medium" }</Button>
                <Button size={Size::Large}>{ "Large" }</Button>
            </Sample>
            <Sample name="Pressed">
                <Button pressed={*pressed} onclick={toggle.clone()}>{ "Follow" }</Button>
                <IconButton icon={Glyph::TextWrap} label="Wrap lines" pressed={*pressed} onclick={toggle} />
            </Sample>
            <Sample name="IconButton">
                <IconButton icon={Glyph::Search} label="Search" />
                <IconButton icon={Glyph::Send} label="Send" variant={Variant::Primary} />
                <IconButton icon={Glyph::RefreshCw} label="Refresh" variant={Variant::Secondary} />
                <IconButton icon={Glyph::Trash2} label="Delete" variant={Variant::Danger} />
                <IconButton icon={Glyph::Download} label="Download" busy={true} />
                <IconButton icon={Glyph::Copy} label="Copy" disabled={true} />
            </Sample>
            <Sample name="Tooltip, Kbd">
                <Tooltip text="Opens the command bar" shortcut={Shortcut::parse("Mod+K")}>
                    <Button>{ "Rest here" }</Button>
                </Tooltip>
                { for ["Mod+K", "Mod+Shift+ArrowLeft", "Escape"].into_iter().filter_map(Shortcut::parse)
                    .map(|shortcut| html! { <Kbd {shortcut} /> }) }
            </Sample>
        </div>
    }
}

#[function_component]
pub(super) fn Fields() -> Html {
    let text = use_state(|| AttrValue::from("Researcher"));
    let goal =
        use_state(|| AttrValue::from("Compare five vector indexes for SQLite\nand write a one-page recommendation."));
    let number = use_state(|| Some(40.0));
    let model = use_state(|| AttrValue::from(""));
    let search = use_state(|| AttrValue::from("limiter"));
    let secret = use_state(|| AttrValue::from("correct horse"));
    let picked = use_state(|| AttrValue::from("auto"));
    let write = |state: &UseStateHandle<AttrValue>| {
        let state = state.clone();
        Callback::from(move |value: String| state.set(AttrValue::from(value)))
    };
    let onnumber = {
        let number = number.clone();
        Callback::from(move |value| number.set(value))
    };
    let onpick = {
        let picked = picked.clone();
        Callback::from(move |value| picked.set(value))
    };
    let options = vec![
        Choice::new("auto", "Automatic"),
        Choice::new("opus", "claude-opus").group("Anthropic"),
        Choice::new("haiku", "claude-haiku").group("Anthropic"),
        Choice::new("llama", "llama3.3").group("Ollama").disabled(true),
    ];
    let suggestions = vec![
        Choice::new("claude-opus", "claude-opus").hint("Anthropic"),
        Choice::new("claude-haiku", "claude-haiku").hint("Anthropic"),
        Choice::new("gpt-5", "gpt-5").hint("OpenAI"),
        Choice::new("llama3.3", "llama3.3").hint("Ollama"),
    ];
    html! {
        <div class="gallery__grid gallery__grid--fields">
            <Field label="Name" required={true} hint="Shown on its card.">
                <TextInput value={(*text).clone()} onchange={write(&text)} />
            </Field>
            <Field label="Command" error="There is no such program. Check its spelling.">
                <TextInput value="carg nextest run" mono={true} icon={Glyph::Terminal} />
            </Field>
            <Field label="Address" hint="Set by the administrator.">
                <TextInput value="https://hub.example" disabled={true} />
            </Field>
            <Field label="Password"><PasswordInput value={(*secret).clone()} onchange={write(&secret)} /></Field>
            <Field label="Steps at the most"><NumberInput value={*number} onchange={onnumber} min={1.0} unit="steps" /></Field>
            <Field label="Engine"><Select value={(*picked).clone()} choices={options} onchange={onpick} /></Field>
            <Field label="Model" hint="Any name that a provider knows.">
                <Combobox value={(*model).clone()} onchange={write(&model)} {suggestions} placeholder="auto" />
            </Field>
            <Field label="Search"><SearchField label="Search agents" value={(*search).clone()} onchange={write(&search)} /></Field>
            <Field label="Goal" hint="It grows with its text.">
                <TextArea value={(*goal).clone()} onchange={write(&goal)} />
            </Field>
        </div>
    }
}

#[function_component]
pub(super) fn Choices() -> Html {
    let on = use_state(|| true);
    let runtime = use_state(|| AttrValue::from("confined"));
    let view = use_state(|| AttrValue::from("grid"));
    let level = use_state(|| 0.6);
    let flip = {
        let on = on.clone();
        Callback::from(move |value| on.set(value))
    };
    let choose = |state: &UseStateHandle<AttrValue>| {
        let state = state.clone();
        Callback::from(move |value| state.set(value))
    };
    let onlevel = {
        let level = level.clone();
        Callback::from(move |value| level.set(value))
    };
    let runtimes = vec![
        Choice::new("confined", "Confined").hint("Its own home, no network unless granted.").icon(Glyph::Shield),
        Choice::new("desktop", "Confined, with a desktop")
            .hint("It can use programs with windows.")
            .icon(Glyph::Monitor),
        Choice::new("host", "On this machine")
            .hint("Only an administrator can allow it.")
            .icon(Glyph::Server)
            .disabled(true),
    ];
    let views = vec![
        Choice::new("grid", "Grid").icon(Glyph::LayoutGrid),
        Choice::new("list", "List").icon(Glyph::List),
        Choice::new("columns", "Columns").icon(Glyph::Columns2).disabled(true),
    ];
    html! {
        <div class="gallery__grid">
            <Sample name="Checkbox" wide={true}>
                <Checkbox label="Give it the network" checked={*on} onchange={flip.clone()} hint="Asked for at each run." />
                <Checkbox label="All files" checked={false} mixed={true} />
                <Checkbox label="Not allowed here" checked={true} disabled={true} />
            </Sample>
            <Sample name="Switch" wide={true}>
                <Switch label="Notifications" on={*on} onchange={flip} hint="When an agent needs you." />
                <Switch label="Being changed" on={true} busy={true} />
                <Switch label="Not allowed here" on={false} disabled={true} />
            </Sample>
            <Sample name="RadioCards" wide={true}>
                <RadioCards label="Where it runs" value={(*runtime).clone()} choices={runtimes} onchange={choose(&runtime)} />
            </Sample>
            <Sample name="Segmented">
                <Segmented label="View" value={(*view).clone()} choices={views.clone()} onchange={choose(&view)} />
                <Segmented label="View, icons" value={(*view).clone()} choices={views} icons_only={true} onchange={choose(&view)} />
            </Sample>
            <Sample name="Slider" wide={true}>
                <Slider label="Quality" value={*level} min={0.0} max={1.0} step={0.05} text={format::percent(*level)} onchange={onlevel} />
                <Slider label="Quality, not allowed" value={30.0} disabled={true} />
            </Sample>
        </div>
    }
}
