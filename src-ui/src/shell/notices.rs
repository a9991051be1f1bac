//! Notices over the desktop, and the list of those that came before. Each can be acted on where it stands.

use std::rc::Rc;

use aether_protocol::Pid;
use yew::prelude::*;

use crate::apps;
use crate::desk::{Desk, Overlay, use_desk};
use crate::kernel::{Kernel, use_kernel};
use crate::kit::browser::Timeout;
use crate::kit::{Button, EmptyState, Glyph, NoticeCard, Size, TimeAgo, Tone, Variant};
use crate::store::{About, Ask, Notice, use_select, use_slice};
use crate::wm::Desktop;

/// How long a notice stays that waits for nobody.
const SHOWN: i32 = 6_000;
/// The most over the desktop at a time.
const MOST: usize = 4;
/// Lines of what will run or change that a notice shows.
const EXCERPT: usize = 6;

/// The newest notices, over the desktop. An agent whose own window is in front says there what it has to say.
#[component]
pub fn Toasts() -> Html {
    let (kernel, desk) = (use_kernel(), use_desk());
    let front = use_select(&desk.windows, agent_in_front);
    let shown = use_select(&kernel.store().notices, crate::store::Notices::shown);
    let (seen, shown): (Vec<_>, Vec<_>) =
        shown.into_iter().partition(|notice| front.is_some() && notice.about.pid() == front);
    // What waits for an answer calls again once another window is in front.
    let told: Vec<u64> = seen.iter().filter(|notice| !notice.about.waits()).map(|notice| notice.id).collect();
    {
        let notices = kernel.store().notices.clone();
        use_effect_with(told, move |told| {
            if !told.is_empty() {
                notices.update(|notices| told.iter().for_each(|id| notices.hide(*id)));
            }
        });
    }
    let hidden = shown.len().saturating_sub(MOST);
    html! {
        <section class="toasts" aria-label="New notifications" role="region">
            <div aria-live="polite" class="toasts__list">
                { for shown.into_iter().take(MOST).map(|notice| {
                    let id = notice.id;
                    html! { <Toast key={id} {notice} /> }
                }) }
            </div>
            if hidden > 0 {
                <p class="toasts__more">{ format!("{hidden} more in Notifications") }</p>
            }
        </section>
    }
}

/// The agent whose window the person works in.
fn agent_in_front(windows: &Desktop) -> Option<Pid> {
    windows.front().filter(|window| window.app == apps::AGENT).and_then(|window| Pid::parse(&window.args))
}

#[derive(Properties, PartialEq)]
struct NoticeProps {
    notice: Rc<Notice>,
}

#[component]
fn Toast(props: &NoticeProps) -> Html {
    let kernel = use_kernel();
    let (id, stays) = (props.notice.id, props.notice.about.waits() || props.notice.about == About::Trouble);
    let hide = move || kernel.store().notices.update(|notices| notices.hide(id));
    {
        let hide = hide.clone();
        use_effect_with(id, move |_| {
            let timer = if stays { None } else { Timeout::new(SHOWN, hide) };
            move || drop(timer)
        });
    }
    let onhide = Callback::from(move |()| hide());
    html! { <NoticeBody notice={props.notice.clone()} dismiss={onhide} /> }
}

#[derive(Properties, PartialEq)]
struct NoticeBodyProps {
    notice: Rc<Notice>,
    dismiss: Callback<()>,
}

#[component]
fn NoticeBody(props: &NoticeBodyProps) -> Html {
    let (kernel, desk) = (use_kernel(), use_desk());
    let notice = &props.notice;
    let (icon, tone) = match notice.about {
        About::Approval { .. } => (Glyph::Hand, Tone::NeedsYou),
        About::Question { .. } => (Glyph::CircleQuestionMark, Tone::NeedsYou),
        About::Done { .. } => (Glyph::CircleCheck, Tone::Done),
        About::Failed { .. } => (Glyph::CircleX, Tone::Failed),
        About::Trouble => (Glyph::TriangleAlert, Tone::Failed),
        About::Message => (Glyph::Info, Tone::Neutral),
    };
    let time = html! { <TimeAgo at={notice.at} /> };
    let body = (!notice.body.is_empty()).then(|| AttrValue::from(notice.body.clone()));
    let ask = use_ask(&kernel, &notice.about);
    html! {
        <NoticeCard title={notice.title.clone()} {icon} {tone} {body} {time}
            actions={actions(&kernel, &desk, notice, ask.as_ref())} ondismiss={props.dismiss.clone()}>
            { for ask.as_ref().map(asked) }
        </NoticeCard>
    }
}

/// What is asked by a notice, for as long as it is open.
#[hook]
fn use_ask(kernel: &Kernel, about: &About) -> Option<Ask> {
    let id = match about {
        About::Approval { id, .. } => Some(id.clone()),
        About::Question { .. } | About::Done { .. } | About::Failed { .. } | About::Message | About::Trouble => None,
    };
    let open = use_select(&kernel.store().approvals, move |approvals| {
        id.as_ref().and_then(|id| approvals.open().into_iter().find(|known| known.id == *id))
    });
    open.map(|approval| Ask::of("", &approval))
}

/// What will run or change, and what a yes allows.
fn asked(ask: &Ask) -> Html {
    html! {
        <>
            if let Some((text, more)) = ask.excerpt(EXCERPT) {
                <pre class="notice__exact mono" tabindex="0" role="region" aria-label="What will run or change">{ text }</pre>
                if more { <p class="notice__more">{ "There is more of it: see Details." }</p> }
            }
            if let Some(allowing) = ask.allowing() { <p class="notice__allows">{ allowing }</p> }
        </>
    }
}

/// What can be done about it, where it stands.
fn actions(kernel: &Kernel, desk: &Desk, notice: &Notice, ask: Option<&Ask>) -> Option<Html> {
    let pid = notice.about.pid()?;
    let open = {
        let (kernel, desk, id) = (kernel.clone(), desk.clone(), notice.id);
        Callback::from(move |_: MouseEvent| {
            kernel.store().notices.update(|notices| notices.hide(id));
            desk.open_agent(pid);
        })
    };
    let decide = |yes: bool| {
        let (kernel, id) = (kernel.clone(), notice.id);
        let About::Approval { id: approval, .. } = &notice.about else { return Callback::noop() };
        let approval = approval.clone();
        Callback::from(move |_: MouseEvent| {
            // One that is settled already asks for nothing any more.
            match kernel.store().approvals.get().open().iter().find(|known| known.id == approval) {
                Some(known) if yes => kernel.approve(known),
                Some(known) => kernel.reject(known, None),
                None => {}
            }
            kernel.store().notices.update(|notices| notices.hide(id));
        })
    };
    let look = match notice.about {
        About::Question { .. } => "Answer",
        About::Approval { .. } => "Details",
        About::Done { .. } | About::Failed { .. } | About::Message | About::Trouble => "Open",
    };
    Some(html! {
        <>
            // What is asked is not known: there is nothing to say yes to.
            if let Some((yes, no)) = ask.and_then(Ask::answers) {
                <Button variant={Variant::Primary} onclick={decide(true)}>{ yes }</Button>
                <Button onclick={decide(false)}>{ no }</Button>
            }
            <Button variant={Variant::Ghost} onclick={open}>{ look }</Button>
        </>
    })
}

/// Every notice of this visit, in a panel at the side.
#[component]
pub fn NoticeCentre() -> Html {
    let (kernel, desk) = (use_kernel(), use_desk());
    let open = use_select(&desk.overlay, |overlay| *overlay == Overlay::Notices);
    let notices = use_slice(&kernel.store().notices);
    {
        let kernel = kernel.clone();
        use_effect_with(open, move |open| {
            if *open {
                kernel.store().notices.update(|notices| {
                    notices.mark_read();
                    let shown: Vec<u64> = notices.shown().iter().map(|notice| notice.id).collect();
                    shown.into_iter().for_each(|id| notices.hide(id));
                });
            }
        });
    }
    if !open {
        return Html::default();
    }
    let all: Vec<_> = notices.all().cloned().collect();
    let clear = {
        let kernel = kernel.clone();
        Callback::from(move |_| kernel.store().notices.update(crate::store::Notices::clear))
    };
    html! {
        <>
            <div class="scrim scrim--clear" onclick={Callback::from(move |_| desk.close_overlay())}></div>
            <aside class="notice-centre" aria-label="Notifications">
                <header class="notice-centre__head">
                    <h2>{ "Notifications" }</h2>
                    if !all.is_empty() {
                        <Button variant={Variant::Ghost} size={Size::Small} onclick={clear}>{ "Clear all" }</Button>
                    }
                </header>
                if all.is_empty() {
                    <EmptyState icon={Glyph::BellOff} title="All quiet"
                        text="What your agents ask, finish or fail at is kept here." />
                }
                { for all.into_iter().map(|notice| {
                    let (kernel, id) = (kernel.clone(), notice.id);
                    let dismiss = Callback::from(move |_| kernel.store().notices.update(|notices| notices.dismiss(id)));
                    html! { <NoticeBody key={id} {notice} {dismiss} /> }
                }) }
            </aside>
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wm::Rect;

    #[test]
    fn only_the_window_in_front_is_one_that_tells_by_itself() {
        let open = |windows: &mut Desktop, app: &str, args: &str| {
            let app = apps::find(app).expect("an app");
            windows.open(&app.spec(), args)
        };
        let mut windows = Desktop::new(Rect::new(0.0, 0.0, 1000.0, 800.0));
        assert_eq!(agent_in_front(&windows), None);
        let agent = open(&mut windows, apps::AGENT, "17");
        assert_eq!(agent_in_front(&windows), Some(Pid(17)));
        open(&mut windows, apps::SETTINGS, "");
        assert_eq!(agent_in_front(&windows), None);
        windows.focus(agent);
        windows.minimise(agent);
        assert_eq!(agent_in_front(&windows), None);
    }
}
