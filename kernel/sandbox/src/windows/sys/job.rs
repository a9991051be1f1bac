//! Jobs: processes that are limited, counted and ended together, whatever they start.

use std::io;
use std::mem::{offset_of, size_of};
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr::{from_mut, from_ref, null, null_mut};
use std::time::Duration;

use windows_sys::Win32::Foundation::{FALSE, HANDLE};
use windows_sys::Win32::System::JobObjects::{
    CreateJobObjectW, JOB_OBJECT_LIMIT_ACTIVE_PROCESS, JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION,
    JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, JOB_OBJECT_UILIMIT_DESKTOP, JOB_OBJECT_UILIMIT_DISPLAYSETTINGS,
    JOB_OBJECT_UILIMIT_EXITWINDOWS, JOB_OBJECT_UILIMIT_GLOBALATOMS, JOB_OBJECT_UILIMIT_HANDLES,
    JOB_OBJECT_UILIMIT_READCLIPBOARD, JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS, JOB_OBJECT_UILIMIT_WRITECLIPBOARD,
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION, JOBOBJECT_BASIC_PROCESS_ID_LIST, JOBOBJECT_BASIC_UI_RESTRICTIONS,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JOBOBJECTINFOCLASS, JobObjectBasicAccountingInformation,
    JobObjectBasicProcessIdList, JobObjectBasicUIRestrictions, JobObjectExtendedLimitInformation,
    QueryInformationJobObject, SetInformationJobObject, TerminateJobObject,
};
use windows_sys::Win32::System::ProcessStatus::{K32GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS};
use windows_sys::Win32::System::Threading::{OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION};

use super::succeeded;

/// Processes a sandbox may hold at a time.
const PROCESSES: u32 = 512;
/// Numbers, of the width of a pointer, that a list of all of them takes, its head included.
const LIST: usize =
    offset_of!(JOBOBJECT_BASIC_PROCESS_ID_LIST, ProcessIdList) / size_of::<usize>() + PROCESSES as usize;

/// Whether a job keeps its processes from the windows, the clipboard and the session of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ui {
    Limited,
    /// Where the kernel runs in a job that does not let its children be limited so.
    Unlimited,
}

pub(crate) struct Job(OwnedHandle);

impl Job {
    /// A job for everything in a sandbox. Nothing in it outlives this handle, nor leaves it.
    pub fn of_sandbox() -> io::Result<Job> {
        let job = Job::new()?;
        let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
            | JOB_OBJECT_LIMIT_ACTIVE_PROCESS
            | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
        limits.BasicLimitInformation.ActiveProcessLimit = PROCESSES;
        job.set(JobObjectExtendedLimitInformation, &limits)?;
        Ok(job)
    }

    /// A job for one command and what it starts, inside that of its sandbox. What the command leaves behind goes on.
    pub fn of_command(ui: Ui) -> io::Result<Job> {
        let job = Job::new()?;
        match ui {
            Ui::Limited => {
                let limits = JOBOBJECT_BASIC_UI_RESTRICTIONS {
                    UIRestrictionsClass: JOB_OBJECT_UILIMIT_DESKTOP
                        | JOB_OBJECT_UILIMIT_DISPLAYSETTINGS
                        | JOB_OBJECT_UILIMIT_EXITWINDOWS
                        | JOB_OBJECT_UILIMIT_GLOBALATOMS
                        | JOB_OBJECT_UILIMIT_HANDLES
                        | JOB_OBJECT_UILIMIT_READCLIPBOARD
                        | JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS
                        | JOB_OBJECT_UILIMIT_WRITECLIPBOARD,
                };
                job.set(JobObjectBasicUIRestrictions, &limits)?;
            }
            Ui::Unlimited => {}
        }
        Ok(job)
    }

    fn new() -> io::Result<Job> {
        // SAFETY: neither attributes nor a name are needed.
        let job = unsafe { CreateJobObjectW(null(), null()) };
        if job.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: it was just opened, and belongs to nobody else.
        Ok(Job(unsafe { OwnedHandle::from_raw_handle(job) }))
    }

    fn set<T>(&self, class: JOBOBJECTINFOCLASS, value: &T) -> io::Result<()> {
        // SAFETY: the job is open, and no more than the value is read; a value of another class is refused by its size.
        succeeded(unsafe { SetInformationJobObject(self.raw(), class, from_ref(value).cast(), size_of::<T>() as u32) })
    }

    /// Ends everything in it with this code.
    pub fn terminate(&self, code: u32) {
        // SAFETY: the job is open.
        if let Err(error) = succeeded(unsafe { TerminateJobObject(self.raw(), code) }) {
            tracing::warn!(%error, "a job was not ended");
        }
    }

    /// How many processes it holds, and the CPU time it has used, by those that have ended too.
    pub fn accounting(&self) -> io::Result<(u32, Duration)> {
        let mut counted = JOBOBJECT_BASIC_ACCOUNTING_INFORMATION::default();
        // SAFETY: the job is open, and no more than the value of this class is written.
        succeeded(unsafe {
            QueryInformationJobObject(
                self.raw(),
                JobObjectBasicAccountingInformation,
                from_mut(&mut counted).cast(),
                size_of::<JOBOBJECT_BASIC_ACCOUNTING_INFORMATION>() as u32,
                null_mut(),
            )
        })?;
        let used = u64::try_from(counted.TotalUserTime.saturating_add(counted.TotalKernelTime)).unwrap_or_default();
        Ok((counted.ActiveProcesses, Duration::from_nanos(used.saturating_mul(100))))
    }

    /// The processes in it, by number.
    pub fn members(&self) -> io::Result<Vec<u32>> {
        let mut list = [0_usize; LIST];
        // SAFETY: the job is open, and no more than the list is written, which is aligned as its head is.
        succeeded(unsafe {
            QueryInformationJobObject(
                self.raw(),
                JobObjectBasicProcessIdList,
                list.as_mut_ptr().cast(),
                size_of_val(&list) as u32,
                null_mut(),
            )
        })?;
        // SAFETY: what was written begins with this head.
        let head = unsafe { list.as_ptr().cast::<JOBOBJECT_BASIC_PROCESS_ID_LIST>().read() };
        let listed = list.iter().skip(LIST - PROCESSES as usize).take(head.NumberOfProcessIdsInList as usize);
        Ok(listed.filter_map(|pid| u32::try_from(*pid).ok()).collect())
    }

    /// Bytes of memory its processes hold now.
    pub fn memory(&self) -> io::Result<u64> {
        // One may have ended since it was listed.
        Ok(self.members()?.into_iter().filter_map(resident).sum())
    }

    /// Valid for as long as the job.
    pub(super) fn raw(&self) -> HANDLE {
        self.0.as_raw_handle()
    }
}

fn resident(pid: u32) -> Option<u64> {
    // SAFETY: any number may be asked for.
    let process = unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid) };
    if process.is_null() {
        return None;
    }
    // SAFETY: it was just opened, and belongs to nobody else.
    let process = unsafe { OwnedHandle::from_raw_handle(process) };
    let mut counters = PROCESS_MEMORY_COUNTERS::default();
    let size = size_of::<PROCESS_MEMORY_COUNTERS>() as u32;
    // SAFETY: the process is open, and no more than the counters are written.
    succeeded(unsafe { K32GetProcessMemoryInfo(process.as_raw_handle(), &mut counters, size) }).ok()?;
    Some(counters.WorkingSetSize as u64)
}
