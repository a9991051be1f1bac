//! `kernel!`: which subsystem answers which domain. A domain that stands nowhere does not compile.

/// Generates the subsystems' struct, the dispatch of commands to them, and the list of domains not served yet.
macro_rules! kernel {
    (
        unserved serves $($unserved:ident),* $(,)?;
        $($field:ident: $subsystem:ty, serves $($domain:ident),+;)*
    ) => {
        /// The subsystems behind the gate.
        pub struct Subsystems { $(pub $field: std::sync::Arc<$subsystem>),* }

        /// Domains of the protocol that this kernel does not serve: their commands answer `unimplemented`.
        pub const UNSERVED: &[aether_protocol::Domain] = &[$(aether_protocol::Domain::$unserved),*];

        impl aether_base::Dispatch for Subsystems {
            fn dispatch<'a>(
                &'a self,
                cx: &'a aether_base::Cx,
                command: aether_protocol::Command,
            ) -> std::pin::Pin<Box<dyn Future<Output = aether_base::Result<aether_protocol::Reply>> + Send + 'a>> {
                use aether_protocol::{Command, domains};
                match command {
                    $($(
                        Command::$domain(command) => {
                            Box::pin(domains::$domain::dispatch(&*self.$field, cx, command))
                        }
                    )+)*
                    $(
                        Command::$unserved(command) => {
                            let refusal = aether_protocol::WireError::unimplemented(command.wire());
                            Box::pin(std::future::ready(Err(refusal.into())))
                        }
                    )*
                }
            }
        }
    };
}
pub(crate) use kernel;
