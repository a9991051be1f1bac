//! What controls of a kind have in common, said once: a macro writes it into the properties of each. The derive stands at
//! the place of use, for its code and the defaults written there must see the same names.

/// Properties of a control that is typed into: its own, and those of all.
macro_rules! typed {
    ($(#[$meta:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        pub struct $name {
            pub value: yew::AttrValue,
            /// After every key.
            #[prop_or_default]
            pub onchange: yew::Callback<String>,
            /// On Enter. In several lines Enter with Shift or Alt begins a new one; without this it always does.
            #[prop_or_default]
            pub onsubmit: Option<yew::Callback<()>>,
            /// The name, where no `Field` gives one.
            #[prop_or_default]
            pub label: Option<yew::AttrValue>,
            #[prop_or_default]
            pub placeholder: Option<yew::AttrValue>,
            /// For what a machine reads: paths, commands, addresses.
            #[prop_or_default]
            pub mono: bool,
            #[prop_or_default]
            pub disabled: bool,
            #[prop_or_default]
            pub autofocus: bool,
            #[prop_or_default]
            pub node_ref: yew::NodeRef,
            $($own)*
        }
    };
}

/// Properties of a control that gives one of a few: its own, and those of all.
macro_rules! chosen {
    ($(#[$meta:meta])* pub struct $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        pub struct $name {
            pub value: yew::AttrValue,
            pub choices: Vec<super::Choice>,
            #[prop_or_default]
            pub onchange: yew::Callback<yew::AttrValue>,
            /// The name, where no `Field` gives one.
            #[prop_or_default]
            pub label: Option<yew::AttrValue>,
            #[prop_or_default]
            pub disabled: bool,
            $($own)*
        }
    };
}

pub(super) use {chosen, typed};
