//! The `domain!` and `domains!` tables: a command or event exists where its row stands, and nowhere else.
//!
//! A command row reads
//! `name "wire.name" (Request) -> Answer, needs A or B, order(|p| key), audit refusals => post 201 "/route";`
//! where `order`, `audit` and the route are optional. A route of a command that answers nothing may end in
//! `says "deleted"`: REST then answers `{"deleted": true}`. An event row reads
//! `Name "wire.name" { field: Type, ... } to owner(Pid, pid), journal;` with fields spelled as on the wire.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::error::WireError;

/// What a server-side handler gets beside its request. `base::Cx` is the kernel's.
pub trait Context: Sync {
    /// The error handlers answer with; it must come down to a [`WireError`] at the door.
    type Error: From<WireError> + Send;
}

/// Which of a command's calls are written to the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audit {
    /// Every call.
    Full,
    /// Only calls that were refused: for reads.
    Refusals,
}

/// How long an event lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Kept in the event log on disk, replayed after a restart.
    Journal,
    /// Kept in memory, replayed to clients that were away for a moment.
    Live,
    /// Never replayed: streams have their own frames in `aether.2`.
    Stream,
}

/// An HTTP method of a derived route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(non_camel_case_types)]
pub enum HttpMethod {
    get,
    post,
    put,
    patch,
    delete,
}

/// A REST route under `/api/v1` that follows from a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    pub method: HttpMethod,
    /// With `:field` segments that fill fields of the request.
    pub path: &'static str,
    pub status: u16,
    /// For a command that answers nothing: the flag that says in JSON that it was done.
    pub says: Option<&'static str>,
}

/// One command row, for routing, schemas and documentation.
#[derive(Clone, Copy)]
pub struct Method {
    pub wire: &'static str,
    pub domain: &'static str,
    pub doc: &'static str,
    pub needs: &'static str,
    pub ordered: bool,
    pub audit: Audit,
    pub route: Option<Route>,
    /// Internal rows accept only agents and have no door.
    pub internal: bool,
    pub request: fn(&mut SchemaGenerator) -> Schema,
    pub answer: fn(&mut SchemaGenerator) -> Schema,
    /// Reads an answer as the type its row declares and writes it again, for those that hold recorded answers.
    pub check_answer: fn(&str) -> Result<String, WireError>,
}

/// One event row, for schemas and documentation.
#[derive(Clone, Copy)]
pub struct EventRow {
    pub wire: &'static str,
    pub domain: &'static str,
    pub doc: &'static str,
    pub class: Class,
    pub viewers: &'static str,
    pub payload: fn(&mut SchemaGenerator) -> Schema,
}

/// The answer of a command, serialised once. `None` where a command answers nothing.
#[derive(Debug, Clone, Default)]
pub struct Reply(pub Option<Box<RawValue>>);

impl Reply {
    /// Serialises an answer; `()` becomes an answer without data.
    pub fn of<T: Serialize + 'static>(answer: &T) -> Result<Reply, WireError> {
        if std::any::TypeId::of::<T>() == std::any::TypeId::of::<()>() {
            return Ok(Reply(None));
        }
        serde_json::value::to_raw_value(answer).map(|raw| Reply(Some(raw))).map_err(|error| {
            WireError::new(crate::ErrorCode::Internal, format!("The answer could not be written: {error}."))
        })
    }

    /// The answer as JSON text, `null` where there is none.
    pub fn json(&self) -> &str {
        self.0.as_deref().map_or("null", RawValue::get)
    }

    /// Reads the answer as the type its row declares.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, WireError> {
        serde_json::from_str(self.json()).map_err(|error| {
            WireError::new(crate::ErrorCode::Internal, format!("The kernel's answer has an unexpected shape: {error}."))
        })
    }
}

/// Reads JSON as a type and writes it again.
pub fn check<T: Serialize + DeserializeOwned>(json: &str) -> Result<String, WireError> {
    let unexpected = |error| WireError::invalid(format!("This is not what the row declares: {error}."));
    let value: T = serde_json::from_str(json).map_err(unexpected)?;
    serde_json::to_string(&value).map_err(unexpected)
}

/// A request or event without fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, JsonSchema)]
pub struct Empty {}

/// Reads one request from a flat frame; the error names the field.
pub fn read_request<T: DeserializeOwned>(wire: &str, frame: &str) -> Result<T, WireError> {
    serde_json::from_str(frame).map_err(|error| WireError::invalid(format!("{wire}: {error}.")))
}

/// Writes `{"type": wire, ...fields}` around a record's own fields.
pub fn write_flat<T: Serialize>(head: &str, record: &T) -> String {
    let body = serde_json::to_string(record).unwrap_or_else(|_| "{}".to_owned());
    let fields = body.trim_start_matches('{');
    let comma = if fields == "}" { "" } else { "," };
    format!("{{{head}{comma}{fields}")
}

macro_rules! need {
    ($p:ident, Public) => {
        $crate::auth::Need::Public
    };
    ($p:ident, SignedIn) => {
        $crate::auth::Need::SignedIn
    };
    ($p:ident, Admin) => {
        $crate::auth::Need::Admin
    };
    ($p:ident, Agent) => {
        $crate::auth::Need::Agent
    };
    ($p:ident, Own($kind:ident, |$b:ident| $id:expr; $other:ident, |$c:ident| $more:expr)) => {{
        let $b = $p;
        let mut owned = $crate::auth::owned($crate::auth::OwnedKind::$kind, $id);
        let $c = $p;
        owned.extend($crate::auth::owned($crate::auth::OwnedKind::$other, $more));
        $crate::auth::Need::Own(owned)
    }};
    ($p:ident, Own($kind:ident, |$b:ident| $id:expr)) => {{
        let $b = $p;
        $crate::auth::Need::Own($crate::auth::owned($crate::auth::OwnedKind::$kind, $id))
    }};
    ($p:ident, Org($permission:ident, |$b:ident| $id:expr)) => {{
        let $b = $p;
        $crate::auth::Need::Org($crate::domains::org::Permission::$permission, $crate::OrgId::from($id.as_str()))
    }};
    ($p:ident, Team($permission:ident, |$b:ident| $id:expr)) => {{
        let $b = $p;
        $crate::auth::Need::Team($crate::domains::org::Permission::$permission, $crate::auth::ResourceId::from($id))
    }};
}

macro_rules! is_internal {
    (Agent) => {
        true
    };
    ($other:ident) => {
        false
    };
}

macro_rules! viewers {
    ($e:ident, owner($kind:ident, $($field:tt)+)) => {
        $crate::auth::Viewers::Owner($crate::auth::OwnedKind::$kind, (&$e.$($field)+).to_owned().into_resource())
    };
    ($e:ident, user($($field:tt)+)) => {
        $crate::auth::Viewers::User($crate::UserId::from($e.$($field)+.as_str()))
    };
    ($e:ident, org($($field:tt)+)) => {
        $crate::auth::Viewers::Org($crate::OrgId::from($e.$($field)+.as_str()), $crate::domains::org::Permission::OrgView)
    };
    ($e:ident, requester) => { $crate::auth::Viewers::Requester };
    ($e:ident, everyone) => { $crate::auth::Viewers::Everyone };
    ($e:ident, admins) => { $crate::auth::Viewers::Admins };
    ($e:ident, nobody) => { $crate::auth::Viewers::Nobody };
}

/// Lets a viewers column name a field of any id type.
pub(crate) trait IntoResource {
    fn into_resource(self) -> crate::auth::ResourceId;
}

impl IntoResource for crate::Pid {
    fn into_resource(self) -> crate::auth::ResourceId {
        self.into()
    }
}

macro_rules! text_into_resource {
    ($($name:ty),*) => { $(
        impl IntoResource for $name {
            fn into_resource(self) -> crate::auth::ResourceId {
                crate::auth::ResourceId::from(&self)
            }
        }
    )* };
}
text_into_resource!(String, crate::UserId, crate::TtyId, crate::JobId, crate::OrgId);

macro_rules! audit {
    () => {
        $crate::table::Audit::Full
    };
    (full) => {
        $crate::table::Audit::Full
    };
    (refusals) => {
        $crate::table::Audit::Refusals
    };
}

macro_rules! status {
    () => {
        200
    };
    ($status:literal) => {
        $status
    };
}

macro_rules! says {
    () => {
        None
    };
    ($flag:literal) => {
        Some($flag)
    };
}

macro_rules! order_key {
    ($p:ident) => {
        None
    };
    ($p:ident, |$b:ident| $key:expr) => {{
        let $b = $p;
        Some($key.to_string())
    }};
}

macro_rules! domain {
    (
        $(#[doc = $domain_doc:literal])*
        $domain:ident;
        commands { $(
            $(#[doc = $doc:literal])*
            $name:ident $wire:literal ($request:ty) -> $answer:ty,
            needs $need:ident $(($($need_args:tt)*))? $(or $more:ident $(($($more_args:tt)*))?)*
            $(, order($($order:tt)*))?
            $(, audit $audit:ident)?
            $(=> $method:ident $($status:literal)? at $path:literal $(says $flag:literal)?)?;
        )* }
        events { $(
            $(#[doc = $event_doc:literal])*
            $event:ident $event_wire:literal { $($(#[$field_meta:meta])* $field:ident: $field_type:ty),* $(,)? }
            to $viewer:ident $(($($viewer_args:tt)*))?, $class:ident;
        )* }
    ) => {
        /// The commands of this domain, decoded.
        #[derive(Debug, Clone, serde::Serialize)]
        #[serde(untagged)]
        #[allow(non_camel_case_types, clippy::large_enum_variant)]
        pub enum Command { $($(#[doc = $doc])* $name($request)),* }

        /// The events of this domain.
        #[derive(Debug, Clone, serde::Serialize)]
        #[serde(untagged)]
        #[allow(clippy::large_enum_variant)]
        pub enum Event { $($(#[doc = $event_doc])* $event(event::$event)),* }

        /// The payload of each event; fields are spelled as on the wire.
        #[allow(non_snake_case)]
        pub mod event {
            #[allow(unused_imports)]
            use super::*;
            $(
                $(#[doc = $event_doc])*
                #[derive(Debug, Clone, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
                pub struct $event { $($(#[$field_meta])* pub $field: $field_type),* }

                impl From<$event> for $crate::domains::Event {
                    fn from(event: $event) -> Self {
                        super::Event::$event(event).into()
                    }
                }
            )*
        }

        /// The command rows of this domain.
        pub const METHODS: &[$crate::table::Method] = &[$(
            $crate::table::Method {
                wire: $wire,
                domain: stringify!($domain),
                doc: concat!($($doc),*),
                needs: concat!(
                    stringify!($need $(($($need_args)*))?)
                    $(, " or ", stringify!($more $(($($more_args)*))?))*
                ),
                ordered: { const ORDER: &str = concat!("" $(, stringify!($($order)*))?); !ORDER.is_empty() },
                audit: audit!($($audit)?),
                route: {
                    #[allow(unused_mut, unused_assignments)]
                    let mut route = None;
                    $(route = Some($crate::table::Route {
                        method: $crate::table::HttpMethod::$method,
                        path: $path,
                        status: status!($($status)?),
                        says: says!($($flag)?),
                    });)?
                    route
                },
                internal: is_internal!($need),
                request: |generator| generator.subschema_for::<$request>(),
                answer: |generator| generator.subschema_for::<$answer>(),
                check_answer: $crate::table::check::<$answer>,
            }
        ),*];

        /// The event rows of this domain.
        pub const EVENTS: &[$crate::table::EventRow] = &[$(
            $crate::table::EventRow {
                wire: $event_wire,
                domain: stringify!($domain),
                doc: concat!($($event_doc),*),
                class: $crate::table::domain!(@class $class),
                viewers: stringify!($viewer $(($($viewer_args)*))?),
                payload: |generator| generator.subschema_for::<event::$event>(),
            }
        ),*];

        impl Command {
            /// Reads the command with this wire name from a flat frame; `None` if the name is not of this domain.
            pub(crate) fn decode(wire: &str, frame: &str) -> Option<Result<Self, $crate::WireError>> {
                let _ = frame;
                match wire {
                    $($wire => Some($crate::table::read_request(wire, frame).map(Command::$name)),)*
                    _ => None,
                }
            }

            /// The wire name of this command.
            pub fn wire(&self) -> &'static str {
                match *self { $(Command::$name(..) => $wire),* }
            }

            /// The row of this command.
            pub fn method(&self) -> &'static $crate::table::Method {
                let wire = self.wire();
                METHODS.iter().find(|method| method.wire == wire).unwrap_or(&$crate::table::NO_METHOD)
            }

            /// What a caller needs for this very command.
            #[allow(unused_variables)]
            pub fn needs(&self) -> $crate::auth::Needs {
                match *self { $(
                    Command::$name(ref p) => $crate::auth::Needs(vec![
                        need!(p, $need $(($($need_args)*))?) $(, need!(p, $more $(($($more_args)*))?))*
                    ]),
                )* }
            }

            /// Commands with the same key queue behind each other.
            #[allow(unused_variables)]
            pub fn order(&self) -> Option<String> {
                match *self { $(Command::$name(ref p) => order_key!(p $(, $($order)*)?),)* }
            }

            /// The command as a flat frame with this id.
            pub fn encode(&self, id: &str) -> String {
                $crate::table::write_flat(&$crate::table::frame_head(self.wire(), id), self)
            }
        }

        impl Event {
            /// The wire name of this event.
            pub fn wire(&self) -> &'static str {
                match *self { $(Event::$event(..) => $event_wire),* }
            }

            /// How long this event lives.
            pub fn class(&self) -> $crate::table::Class {
                match *self { $(Event::$event(..) => $crate::table::domain!(@class $class)),* }
            }

            /// Who may see this very event.
            #[allow(unused_imports, unused_variables)]
            pub fn viewers(&self) -> $crate::auth::Viewers {
                use $crate::table::IntoResource;
                match *self { $(Event::$event(ref e) => viewers!(e, $viewer $(($($viewer_args)*))?),)* }
            }

            /// Reads the event with this wire name from a flat frame; `None` if the name is not of this domain.
            pub(crate) fn decode(wire: &str, frame: &str) -> Option<Result<Self, $crate::WireError>> {
                let _ = frame;
                match wire {
                    $($event_wire => Some($crate::table::read_request(wire, frame).map(Event::$event)),)*
                    _ => None,
                }
            }
        }

        impl From<Command> for $crate::domains::Command {
            fn from(command: Command) -> Self {
                $crate::domains::Command::$domain(command)
            }
        }

        impl From<Event> for $crate::domains::Event {
            fn from(event: Event) -> Self {
                $crate::domains::Event::$domain(event)
            }
        }

        /// The server side of this domain: one method a command, none with a default body.
        pub trait Api<C: $crate::table::Context>: Send + Sync { $(
            $(#[doc = $doc])*
            fn $name(&self, cx: &C, request: $request) -> impl Future<Output = Result<$answer, C::Error>> + Send;
        )* }

        /// Hands a decoded command to its method and serialises the answer.
        #[allow(unused_variables)]
        pub async fn dispatch<C: $crate::table::Context, A: Api<C>>(
            api: &A,
            cx: &C,
            command: Command,
        ) -> Result<$crate::table::Reply, C::Error> {
            match command { $(
                Command::$name(request) => {
                    let answer = api.$name(cx, request).await?;
                    Ok($crate::table::Reply::of::<$answer>(&answer)?)
                }
            )* }
        }

        /// The caller side of this domain, typed both ways.
        #[derive(Debug, Clone, Copy)]
        pub struct Client<'t, T>(pub &'t T);

        impl<T: $crate::Transport> Client<'_, T> { $(
            $(#[doc = $doc])*
            pub async fn $name(&self, request: $request) -> Result<$answer, $crate::WireError> {
                self.0.call(Command::$name(request).into()).await?.read()
            }
        )* }
    };
    (@class journal) => { $crate::table::Class::Journal };
    (@class live) => { $crate::table::Class::Live };
    (@class stream) => { $crate::table::Class::Stream };
}
pub(crate) use domain;

/// The row that stands in if a wire name were missing from its own table, which generation rules out.
pub const NO_METHOD: Method = Method {
    wire: "",
    domain: "",
    doc: "",
    needs: "Admin",
    ordered: false,
    audit: Audit::Full,
    route: None,
    internal: true,
    request: |generator| generator.subschema_for::<Empty>(),
    answer: |generator| generator.subschema_for::<Empty>(),
    check_answer: check::<Empty>,
};

/// `"type":"...","id":"..."` with the id escaped.
pub fn frame_head(wire: &str, id: &str) -> String {
    let id = serde_json::to_string(id).unwrap_or_else(|_| "\"\"".to_owned());
    format!("\"type\":\"{wire}\",\"id\":{id}")
}

macro_rules! domains {
    ($($(#[doc = $doc:literal])* $domain:ident,)*) => {
        $(pub mod $domain;)*

        /// Any command of the protocol, decoded and not yet allowed.
        #[derive(Debug, Clone, serde::Serialize)]
        #[serde(untagged)]
        #[allow(non_camel_case_types, clippy::large_enum_variant)]
        pub enum Command { $($(#[doc = $doc])* $domain($domain::Command)),* }

        /// Any event of the protocol.
        #[derive(Debug, Clone, serde::Serialize)]
        #[serde(untagged)]
        #[allow(non_camel_case_types)]
        pub enum Event { $($(#[doc = $doc])* $domain($domain::Event)),* }

        /// The domains, by the name of their table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(non_camel_case_types)]
        pub enum Domain { $($domain),* }

        impl Domain {
            pub const ALL: &[Domain] = &[$(Domain::$domain),*];

            /// As its table is called.
            pub fn name(self) -> &'static str {
                match self { $(Domain::$domain => stringify!($domain)),* }
            }

            pub fn methods(self) -> &'static [$crate::table::Method] {
                match self { $(Domain::$domain => $domain::METHODS),* }
            }

            pub fn events(self) -> &'static [$crate::table::EventRow] {
                match self { $(Domain::$domain => $domain::EVENTS),* }
            }
        }

        impl Command {
            pub fn domain(&self) -> Domain {
                match *self { $(Command::$domain(..) => Domain::$domain),* }
            }

            pub fn wire(&self) -> &'static str {
                match self { $(Command::$domain(command) => command.wire()),* }
            }

            pub fn method(&self) -> &'static $crate::table::Method {
                match self { $(Command::$domain(command) => command.method()),* }
            }

            pub fn needs(&self) -> $crate::auth::Needs {
                match self { $(Command::$domain(command) => command.needs()),* }
            }

            pub fn order(&self) -> Option<String> {
                match self { $(Command::$domain(command) => command.order()),* }
            }

            pub fn encode(&self, id: &str) -> String {
                match self { $(Command::$domain(command) => command.encode(id)),* }
            }

            fn decode_in(domain: Domain, wire: &str, frame: &str) -> Option<Result<Command, $crate::WireError>> {
                match domain { $(
                    Domain::$domain => $domain::Command::decode(wire, frame).map(|read| read.map(Command::$domain)),
                )* }
            }
        }

        impl Event {
            pub fn wire(&self) -> &'static str {
                match self { $(Event::$domain(event) => event.wire()),* }
            }

            pub fn class(&self) -> $crate::table::Class {
                match self { $(Event::$domain(event) => event.class()),* }
            }

            pub fn viewers(&self) -> $crate::auth::Viewers {
                match self { $(Event::$domain(event) => event.viewers()),* }
            }

            fn decode_in(domain: Domain, wire: &str, frame: &str) -> Option<Result<Event, $crate::WireError>> {
                match domain { $(
                    Domain::$domain => $domain::Event::decode(wire, frame).map(|read| read.map(Event::$domain)),
                )* }
            }
        }
    };
}
