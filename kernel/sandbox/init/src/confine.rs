//! What the kernel of this machine is told to refuse to everything inside, before anything is started.

use std::collections::BTreeMap;

use landlock::{
    ABI, Access, AccessFs, RestrictionStatus, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
    path_beneath_rules,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

use crate::families;

/// The newest rules that say nothing about devices: terminals need their ioctls.
const RULES: ABI = ABI::V3;
/// Files that a program may have open, unless it raises that itself (FD_SETSIZE).
const FILES: u64 = 1_024;
/// Processes that may be inside, where the kernel does not run as root.
const PROCESSES: u64 = 4_096;

/// Confines this process and all that it will start: nothing but the paths can be written, calls that reach the
/// machine are refused, no privilege can be gained.
pub fn confine(writable: &[&str]) -> Result<(), String> {
    // Nobody inside may look into this process: the socket to the kernel is here.
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|error| error.to_string())?;
    let_go();
    limit();
    landlock(writable).map_err(|error| format!("landlock: {error}"))?;
    seccomp().map_err(|error| format!("seccomp: {error}"))
}

/// Closes what the kernel may have inherited from its own parent: it is nobody's business inside.
fn let_go() {
    // SAFETY: nothing has been opened by this process yet, so that nothing of ours is closed.
    #[allow(unsafe_code)]
    unsafe {
        if libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) < 0 {
            // Linux before 5.9.
            for descriptor in 3..1_024 {
                libc::close(descriptor);
            }
        }
    }
}

fn limit() {
    let nothing = Rlimit { current: Some(0), maximum: Some(0) };
    let some = Rlimit { current: Some(PROCESSES), maximum: Some(PROCESSES) };
    // A limit that is lower already stays as it is.
    let _ = rustix::process::setrlimit(Resource::Core, nothing);
    let _ = rustix::process::setrlimit(Resource::Nproc, some);
    // The kernel has raised its own to what it may have. A program gets what select(2) takes, and may raise it too.
    let files = rustix::process::getrlimit(Resource::Nofile);
    let current = files.current.map_or(FILES, |current| current.min(FILES));
    let _ = rustix::process::setrlimit(Resource::Nofile, Rlimit { current: Some(current), ..files });
}

/// Where Linux is too old for landlock, the read-only mounts alone say what can be written.
fn landlock(writable: &[&str]) -> Result<RestrictionStatus, RulesetError> {
    Ruleset::default()
        .handle_access(AccessFs::from_all(RULES))?
        .create()?
        .add_rules(path_beneath_rules(["/"], AccessFs::from_read(RULES)))?
        .add_rules(path_beneath_rules(writable, AccessFs::from_all(RULES)))?
        .restrict_self()
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn seccomp() -> Result<(), Box<dyn std::error::Error>> {
    let mut refused = Rules::new();
    for &call in families::REFUSED {
        refuse(&mut refused, call, &[]);
    }
    for flag in families::NEW_NAMESPACES {
        let set = [SeccompRule::new(vec![has(0, flag)?])?];
        refuse(&mut refused, libc::SYS_clone, &set);
        refuse(&mut refused, libc::SYS_unshare, &set);
    }
    let time = SeccompRule::new(vec![has(0, families::NEW_TIME_NAMESPACE)?])?;
    refuse(&mut refused, libc::SYS_unshare, &[time]);
    for command in families::REFUSED_IOCTLS {
        refuse(&mut refused, libc::SYS_ioctl, &[SeccompRule::new(vec![is(1, SeccompCmpOp::Eq, command)?])?]);
    }
    for call in [libc::SYS_socket, libc::SYS_socketpair] {
        let others: Result<Vec<_>, _> =
            families::SOCKETS.iter().map(|&family| is(0, SeccompCmpOp::Ne, family)).collect();
        let netlink =
            vec![is(0, SeccompCmpOp::Eq, families::NETLINK)?, is(2, SeccompCmpOp::Ne, families::NETLINK_ROUTE)?];
        refuse(&mut refused, call, &[SeccompRule::new(others?)?, SeccompRule::new(netlink)?]);
    }
    apply(refused, libc::EPERM)?;

    // The flags of clone3 lie in memory, where no filter looks: programs fall back to clone.
    let mut missing = Rules::new();
    refuse(&mut missing, libc::SYS_clone3, &[]);
    apply(missing, libc::ENOSYS)
}

/// Refuses a call, always or where one of the rules holds.
fn refuse(rules: &mut Rules, call: i64, when: &[SeccompRule]) {
    for call in families::spellings(call) {
        rules.entry(call).or_default().extend(when.iter().cloned());
    }
}

fn apply(rules: Rules, errno: i32) -> Result<(), Box<dyn std::error::Error>> {
    let errno = SeccompAction::Errno(u32::try_from(errno)?);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, errno, std::env::consts::ARCH.try_into()?)?;
    let program: BpfProgram = filter.try_into()?;
    Ok(seccompiler::apply_filter(&program)?)
}

fn has(argument: u8, flag: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    is(argument, SeccompCmpOp::MaskedEq(flag), flag)
}

fn is(argument: u8, how: SeccompCmpOp, value: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, how, value)
}
