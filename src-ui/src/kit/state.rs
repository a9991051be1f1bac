//! A component's state, as its children change it.

use yew::prelude::*;

/// What sets a state to what it is told.
pub fn set<T: 'static>(state: &UseStateHandle<T>) -> Callback<T> {
    let state = state.setter();
    Callback::from(move |to| state.set(to))
}
