//! The clock of the menu bar.

use yew::prelude::*;

use crate::kit::browser::Timeout;

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Day and time; it moves when the minute does.
#[component]
pub fn Clock() -> Html {
    let shown = use_state(|| None::<(String, String)>);
    let minute = use_state(|| 0u32);
    {
        let shown = shown.clone();
        use_effect_with(*minute, move |count| {
            let now = js_sys::Date::new_0();
            shown.set(Some(face(now.get_day(), now.get_date(), now.get_month(), now.get_hours(), now.get_minutes())));
            let rest = (60 - now.get_seconds().min(59)) * 1_000;
            let next = count + 1;
            let timer = Timeout::new(rest as i32, move || minute.set(next));
            move || drop(timer)
        });
    }
    let Some((day, time)) = &*shown else { return Html::default() };
    html! {
        <time class="menu-bar__clock">
            <span class="menu-bar__day">{ day }</span>{ time }
        </time>
    }
}

fn face(weekday: u32, day: u32, month: u32, hours: u32, minutes: u32) -> (String, String) {
    let name = |names: &[&'static str], place: u32| names.get(place as usize).copied().unwrap_or_default();
    (format!("{} {day} {}", name(&DAYS, weekday), name(&MONTHS, month)), format!("{hours:02}:{minutes:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_face_is_short_and_padded() {
        assert_eq!(face(1, 3, 10, 9, 4), ("Mon 3 Nov".to_owned(), "09:04".to_owned()));
    }
}
