//! States, small marks, and what stands in place of content.

use yew::prelude::*;

use super::Sample;
use crate::kit::{
    Avatar, Badge, Banner, Button, Count, EmptyState, ErrorState, Glyph, Icon, Meter, NoticeCard, Progress, Size,
    Skeleton, Spinner, StateBadge, Tag, TimeAgo, Tone, Variant, WorkState, browser::now_ms,
};

#[function_component]
pub(super) fn Marks() -> Html {
    html! {
        <div class="gallery__grid">
            <Sample name="StateBadge" full={true}>
                { for WorkState::ALL.into_iter().map(|state| html! { <StateBadge {state} /> }) }
                <StateBadge state={WorkState::Working} label="Running" />
            </Sample>
            <Sample name="Badge"><Badge label="Administrator" icon={Glyph::Shield} /><Badge label="3 of 5" tone={Tone::Accent} /></Sample>
            <Sample name="Tag">
                <Tag label="tool output" />
                <Tag label="web, untrusted" tone={Tone::NeedsYou} icon={Glyph::Globe} />
                <Tag label="sqlite" onremove={Callback::noop()} />
            </Sample>
            <Sample name="Count">
                { for Tone::ALL.into_iter().map(|tone| html! { <Count value={12} {tone} /> }) }
            </Sample>
            <Sample name="Avatar, TimeAgo, Spinner">
                <Avatar name="Ada Lovelace" /><Avatar name="root" size={40} />
                <TimeAgo at={now_ms() - 360_000} /><Spinner label="Connecting" />
            </Sample>
            <Sample name="Progress" wide={true}>
                <Progress label="Steps" value={9.0} total={40.0} />
                <Progress label="Steps" value={18.0} total={25.0} tone={Tone::Done} />
                <Progress label="Steps" value={0.0} total={20.0} />
            </Sample>
            <Sample name="Meter" wide={true}>
                <Meter label="Spent" value={1.84} limit={5.0} text="$1.84 of $5" />
                <Meter label="Spent" value={4.4} limit={5.0} text="$4.40 of $5" />
                <Meter label="Disk" value={10.0} limit={10.0} />
            </Sample>
            <Sample name="Skeleton" wide={true}><Skeleton block={true} /></Sample>
            <Sample name="Icons" wide={true} full={true}>
                <div class="gallery__icons">
                    { for Glyph::ALL.iter().map(|icon| html! { <span title={icon.name()}><Icon icon={*icon} size={18} /></span> }) }
                </div>
            </Sample>
        </div>
    }
}

#[function_component]
pub(super) fn States() -> Html {
    let approve = html! {
        <>
            <Button variant={Variant::Primary}>{ "Approve" }</Button>
            <Button>{ "Reject" }</Button>
            <Button variant={Variant::Ghost}>{ "Open" }</Button>
        </>
    };
    html! {
        <div class="gallery__grid">
            <Sample name="NoticeCard">
                <NoticeCard title="Coder wants to push" icon={Glyph::Hand} tone={Tone::NeedsYou} mono={true}
                    body="git push origin fix/rate-limit · 3 commits" time={html! { "now" }} actions={approve} />
                <NoticeCard title="SysAdmin is done" icon={Glyph::CircleCheck} tone={Tone::Done}
                    body="The keys are rotated, and a restore was proven." time={html! { "14 min ago" }}
                    ondismiss={Callback::noop()} />
            </Sample>
            <Sample name="Banner">
                <Banner text="A new version is ready." action={html! { <Button size={Size::Small}>{ "Restart" }</Button> }}
                    ondismiss={Callback::noop()} />
                <Banner tone={Tone::NeedsYou} text="The connection is lost. Trying again in 4 s." />
                <Banner tone={Tone::Failed} text="The file was not saved: the disk is full. Delete something and try again." />
                <Banner tone={Tone::Done} text="Saved." />
            </Sample>
            <Sample name="EmptyState">
                <EmptyState icon={Glyph::Radar} title="No agents yet" text="Say what you want done; an agent does it."
                    action={html! { <Button variant={Variant::Primary} icon={Glyph::Plus}>{ "Deploy agent" }</Button> }} />
            </Sample>
            <Sample name="ErrorState">
                <ErrorState title="The files could not be listed" message="The kernel did not answer. Check that it runs, then retry."
                    onretry={Callback::noop()} details="fs.list /home/root: timeout after 10 s (request c41)" />
            </Sample>
        </div>
    }
}
