//! Ways into and out of this machine: SSH tunnels, Tailscale, keys.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::table::Empty;

/// Which way a tunnel goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TunnelType {
    /// A port here leads there.
    Local,
    /// A port there leads here.
    Remote,
    /// A SOCKS proxy here.
    Dynamic,
}

/// Whether a tunnel carries anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TunnelStatus {
    Connecting,
    Connected,
    Disconnected,
    Error,
}

/// Where a tunnel leads, and what to do when it breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TunnelConfig {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: TunnelType,
    pub host: String,
    /// 22 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local_port: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_host: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote_port: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// A file on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_key_path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_reconnect: Option<bool>,
    /// 10 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_retries: Option<u32>,
}

/// A tunnel and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SshTunnel {
    pub id: String,
    pub config: TunnelConfig,
    pub status: TunnelStatus,
    /// The process of the machine, not one of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    pub created_at: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_connected: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    pub retry_count: u32,
}

/// How to join a Tailscale network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TailscaleConfig {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_routes: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_node: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advertise_exit_node: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
}

/// Whether Tailscale is here, and under which addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TailscaleStatus {
    pub installed: bool,
    pub running: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipv4: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipv6: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tailnet: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online: Option<bool>,
}

/// A device of the Tailscale network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TailscaleDevice {
    pub id: String,
    pub hostname: String,
    pub ipv4: String,
    pub ipv6: String,
    pub os: String,
    pub online: bool,
    /// As Tailscale writes it.
    pub last_seen: String,
}

/// What to show the network under a port.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServeOptions {
    /// Show it to the internet, not only to the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funnel: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
}

/// A public key on the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizedKey {
    pub id: String,
    pub key: String,
    pub label: String,
    pub fingerprint: String,
    pub added_at: u64,
}

/// `remote.tunnel.create`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CreateTunnel {
    pub config: TunnelConfig,
}

/// Names one tunnel.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TunnelRef {
    pub tunnel_id: String,
}

/// Whether there was a tunnel to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TunnelDestroyed {
    pub destroyed: bool,
}

/// `remote.tailscale.up`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct TailscaleUp {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<TailscaleConfig>,
}

/// What Tailscale said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TailscaleOutcome {
    pub success: bool,
    pub message: String,
}

/// `remote.tailscale.serve`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TailscaleServe {
    pub port: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<ServeOptions>,
}

/// What Tailscale said, and where the port can be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TailscaleServed {
    pub success: bool,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// `remote.keys.add`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddKey {
    pub key: String,
    pub label: String,
}

/// Names one key.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyRef {
    pub key_id: String,
}

/// Whether there was a key to remove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyRemoved {
    pub removed: bool,
}

// All of it acts on the machine itself, outside every sandbox, so an administrator opens the way.
domain! {
    /// Ways into and out of this machine.
    remote;
    commands {
        /// The caller's tunnels, or everybody's for an administrator.
        tunnel_list "remote.tunnel.list" (Empty) -> Vec<SshTunnel>, needs SignedIn, audit refusals
            => get at "/remote/tunnels";
        /// Opens a tunnel with the machine's SSH.
        tunnel_create "remote.tunnel.create" (CreateTunnel) -> SshTunnel, needs Admin;
        /// Closes a tunnel and forgets it.
        tunnel_destroy "remote.tunnel.destroy" (TunnelRef) -> TunnelDestroyed, needs Own(Tunnel, |p| &p.tunnel_id),
            order(|p| &p.tunnel_id);
        /// Whether Tailscale is here, and under which addresses.
        tailscale_status "remote.tailscale.status" (Empty) -> TailscaleStatus, needs Admin, audit refusals
            => get at "/remote/tailscale/status";
        /// Joins the Tailscale network.
        tailscale_up "remote.tailscale.up" (TailscaleUp) -> TailscaleOutcome, needs Admin, order(|_p| "tailscale");
        /// Leaves the Tailscale network.
        tailscale_down "remote.tailscale.down" (Empty) -> TailscaleOutcome, needs Admin, order(|_p| "tailscale")
            => post at "/remote/tailscale/down";
        /// The devices of the Tailscale network, this one first.
        tailscale_devices "remote.tailscale.devices" (Empty) -> Vec<TailscaleDevice>, needs Admin, audit refusals
            => get at "/remote/tailscale/devices";
        /// Shows a port of this machine to the Tailscale network.
        tailscale_serve "remote.tailscale.serve" (TailscaleServe) -> TailscaleServed, needs Admin,
            order(|_p| "tailscale");
        /// The caller's keys, or everybody's for an administrator.
        keys_list "remote.keys.list" (Empty) -> Vec<AuthorizedKey>, needs SignedIn, audit refusals
            => get at "/remote/keys";
        /// Puts a public key on the list.
        keys_add "remote.keys.add" (AddKey) -> AuthorizedKey, needs Admin => post 201 at "/remote/keys";
        /// Takes a key off the list.
        keys_remove "remote.keys.remove" (KeyRef) -> KeyRemoved, needs Own(RemoteKey, |p| &p.key_id),
            order(|p| &p.key_id);
    }
    events {
        /// A tunnel is being opened; `tunnelType` because `type` names the event itself.
        TunnelCreated "remote.tunnel.created" { tunnelId: String, name: String, tunnelType: TunnelType, host: String }
            to owner(Tunnel, tunnelId), journal;
        /// A tunnel stands.
        TunnelConnected "remote.tunnel.connected" { tunnelId: String, name: String }
            to owner(Tunnel, tunnelId), journal;
        /// A tunnel ended: with the exit code of its process, or for a reason.
        TunnelDisconnected "remote.tunnel.disconnected" {
            tunnelId: String,
            name: String,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            exitCode: Option<i32>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            reason: Option<String>,
        } to owner(Tunnel, tunnelId), journal;
        /// A tunnel failed.
        TunnelError "remote.tunnel.error" { tunnelId: String, name: String, error: String }
            to owner(Tunnel, tunnelId), journal;
        /// A tunnel was closed and forgotten.
        TunnelDestroyed "remote.tunnel.destroyed" { tunnelId: String, name: String }
            to owner(Tunnel, tunnelId), journal;
        /// This machine joined the Tailscale network.
        TailscaleConnected "remote.tailscale.connected" {} to admins, journal;
        /// This machine left the Tailscale network.
        TailscaleDisconnected "remote.tailscale.disconnected" {} to admins, journal;
        /// A key was put on the list.
        KeyAdded "remote.key.added" { keyId: String, label: String, fingerprint: String }
            to owner(RemoteKey, keyId), journal;
        /// A key was taken off the list.
        KeyRemoved "remote.key.removed" { keyId: String } to owner(RemoteKey, keyId), journal;
    }
}
