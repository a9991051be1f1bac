//! System calls by what they could do to the machine. Whatever is not named here is allowed.

/// Calls that no command needs: they reach mounts, other namespaces, kernel memory, keys, clocks, or have been the
/// way out of a sandbox too often.
pub const REFUSED: &[i64] = &[
    // Mounts and roots.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    libc::SYS_quotactl,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    // Namespaces and other processes' files.
    libc::SYS_setns,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // The kernel itself.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_syslog,
    libc::SYS_acct,
    libc::SYS_fanotify_init,
    libc::SYS_lookup_dcookie,
    // Keys.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    // Clocks.
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_kexec_file_load,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
];

/// Flags of clone and unshare that make a namespace: with one, a process gets capabilities to try things with.
pub const NEW_NAMESPACES: [u64; 7] = [
    libc::CLONE_NEWUSER as u64,
    libc::CLONE_NEWNS as u64,
    libc::CLONE_NEWPID as u64,
    libc::CLONE_NEWNET as u64,
    libc::CLONE_NEWIPC as u64,
    libc::CLONE_NEWUTS as u64,
    libc::CLONE_NEWCGROUP as u64,
];
/// Means something else to clone, which keeps an exit signal in these bits.
pub const NEW_TIME_NAMESPACE: u64 = 0x80;

/// Ways to type into a terminal that others read.
pub const REFUSED_IOCTLS: [u64; 2] = [libc::TIOCSTI, 0x541c];

pub const NETLINK: u64 = libc::AF_NETLINK as u64;
/// Name resolution asks it for the addresses of this machine.
pub const NETLINK_ROUTE: u64 = libc::NETLINK_ROUTE as u64;
/// Families a socket may be of.
pub const SOCKETS: [u64; 4] = [libc::AF_UNIX as u64, libc::AF_INET as u64, libc::AF_INET6 as u64, NETLINK];

/// Every number a call goes by: x86-64 has a second table, of 32-bit pointers, at the same gate.
pub fn spellings(call: i64) -> Vec<i64> {
    #[cfg(target_arch = "x86_64")]
    {
        const SECOND: i64 = 0x4000_0000;
        match call {
            libc::SYS_ioctl => vec![call, SECOND | call, SECOND | 514],
            libc::SYS_kexec_load => vec![call, SECOND | call, SECOND | 528],
            _ => vec![call, SECOND | call],
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    vec![call]
}
