//! Processes under another identity, in their jobs from their first instruction.

use std::io;
use std::mem::{size_of, size_of_val};
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::Path;
use std::ptr::{from_mut, from_ref, null, null_mut};

use windows_sys::Win32::Foundation::{HANDLE, HANDLE_FLAG_INHERIT, INVALID_HANDLE_VALUE, SetHandleInformation};
use windows_sys::Win32::Security::{
    CreateWellKnownSid, SECURITY_CAPABILITIES, SECURITY_MAX_SID_SIZE, SID_AND_ATTRIBUTES,
    WinCapabilityInternetClientSid,
};
use windows_sys::Win32::System::SystemServices::SE_GROUP_ENABLED;
use windows_sys::Win32::System::Threading::{
    CREATE_UNICODE_ENVIRONMENT, CreateProcessW, DeleteProcThreadAttributeList, EXTENDED_STARTUPINFO_PRESENT,
    GetExitCodeProcess, INFINITE, InitializeProcThreadAttributeList, PROC_THREAD_ATTRIBUTE_HANDLE_LIST,
    PROC_THREAD_ATTRIBUTE_JOB_LIST, PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE, PROC_THREAD_ATTRIBUTE_SECURITY_CAPABILITIES,
    PROCESS_INFORMATION, STARTF_USESTDHANDLES, STARTUPINFOEXW, UpdateProcThreadAttribute, WaitForSingleObject,
};

use super::{Job, Profile, PseudoConsole, succeeded, wide};

/// What a process is started with.
pub(crate) struct Start<'a> {
    pub program: &'a Path,
    /// The whole command line, the program's name included.
    pub line: &'a str,
    pub cwd: &'a Path,
    /// As `NAME=value`, sorted.
    pub env: &'a [String],
    pub profile: &'a Profile,
    /// Whether it may connect to the internet. The loopback of this machine stays out of reach.
    pub network: bool,
    /// Outermost first.
    pub jobs: [&'a Job; 2],
    pub console: &'a PseudoConsole,
    /// Standard input, output and error; without them they are the console's.
    pub streams: Option<[OwnedHandle; 3]>,
}

/// A running process.
pub(crate) struct Process(OwnedHandle);

impl Process {
    pub fn start(start: Start<'_>) -> io::Result<Process> {
        let (program, mut line, cwd) = (wide(start.program), wide(start.line), wide(start.cwd));
        let env = environment(start.env);
        let capability = start.network.then(Capability::internet).transpose()?;
        let mut granted = capability
            .as_ref()
            .map(|internet| SID_AND_ATTRIBUTES { Sid: internet.sid(), Attributes: SE_GROUP_ENABLED as u32 });
        let identity = SECURITY_CAPABILITIES {
            AppContainerSid: start.profile.sid(),
            CapabilityCount: u32::from(granted.is_some()),
            Capabilities: granted.as_mut().map_or(null_mut(), from_mut),
            Reserved: 0,
        };
        let jobs = start.jobs.map(Job::raw);
        let streams = start.streams.as_ref().map(|streams| streams.each_ref().map(AsRawHandle::as_raw_handle));

        let mut attributes = Attributes::new(4)?;
        // SAFETY: all that is pointed to lives to the end of this function, as the list does; the console is named by
        // its value.
        unsafe {
            attributes.set(
                PROC_THREAD_ATTRIBUTE_SECURITY_CAPABILITIES,
                from_ref(&identity).cast(),
                size_of_val(&identity),
            )?;
            attributes.set(PROC_THREAD_ATTRIBUTE_JOB_LIST, jobs.as_ptr().cast(), size_of_val(&jobs))?;
            let console = start.console.raw();
            attributes.set(PROC_THREAD_ATTRIBUTE_PSEUDOCONSOLE, console as *const _, size_of_val(&console))?;
            if let Some(streams) = &streams {
                attributes.set(PROC_THREAD_ATTRIBUTE_HANDLE_LIST, streams.as_ptr().cast(), size_of_val(streams))?;
            }
        }

        let mut startup = STARTUPINFOEXW { lpAttributeList: attributes.raw(), ..STARTUPINFOEXW::default() };
        startup.StartupInfo.cb = size_of::<STARTUPINFOEXW>() as u32;
        // With none given, these keep it from those of the kernel, and leave it those of its console.
        startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
        [startup.StartupInfo.hStdInput, startup.StartupInfo.hStdOutput, startup.StartupInfo.hStdError] =
            streams.unwrap_or([INVALID_HANDLE_VALUE; 3]);
        if let Some(streams) = &streams {
            inherit(streams)?;
        }
        let mut started = PROCESS_INFORMATION::default();
        // SAFETY: every text ends with NUL, the line may be written to, and the attributes are those set above.
        succeeded(unsafe {
            CreateProcessW(
                program.as_ptr(),
                line.as_mut_ptr(),
                null(),
                null(),
                i32::from(streams.is_some()),
                CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT,
                env.as_ptr().cast(),
                cwd.as_ptr(),
                from_ref(&startup).cast(),
                &mut started,
            )
        })?;
        // The child has its own now, and what it writes ends with it.
        drop(start.streams);
        // SAFETY: both were just opened, and belong to nobody else.
        let (process, _thread) =
            unsafe { (OwnedHandle::from_raw_handle(started.hProcess), OwnedHandle::from_raw_handle(started.hThread)) };
        Ok(Process(process))
    }

    /// Waits for its end, on this thread: its exit code.
    pub fn wait(&self) -> io::Result<i32> {
        let mut code = 0;
        // SAFETY: the process is open, and the code is written where it is taken.
        succeeded(unsafe {
            WaitForSingleObject(self.0.as_raw_handle(), INFINITE);
            GetExitCodeProcess(self.0.as_raw_handle(), &mut code)
        })?;
        Ok(code.cast_signed())
    }
}

/// Lets handles be inherited; by whom, the list of the one that is started says.
fn inherit(handles: &[HANDLE]) -> io::Result<()> {
    handles.iter().try_for_each(|handle| {
        // SAFETY: the handle is open.
        succeeded(unsafe { SetHandleInformation(*handle, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT) })
    })
}

/// The variables one after the other, and an empty one after the last.
fn environment(variables: &[String]) -> Vec<u16> {
    let mut block: Vec<u16> = variables.iter().flat_map(wide).collect();
    // Two, for there may be no variable at all.
    block.extend([0, 0]);
    block
}

/// The right to connect to the internet.
struct Capability([u32; SECURITY_MAX_SID_SIZE as usize / size_of::<u32>()]);

impl Capability {
    fn internet() -> io::Result<Capability> {
        let mut capability = Capability([0; _]);
        let mut size = SECURITY_MAX_SID_SIZE;
        // SAFETY: there is room for the longest identifier.
        succeeded(unsafe {
            CreateWellKnownSid(
                WinCapabilityInternetClientSid,
                null_mut(),
                capability.0.as_mut_ptr().cast(),
                from_mut(&mut size),
            )
        })?;
        Ok(capability)
    }

    /// Only read by those it is given to.
    fn sid(&self) -> *mut core::ffi::c_void {
        self.0.as_ptr().cast_mut().cast()
    }
}

/// What a process is started with beyond what always was.
struct Attributes(Vec<usize>);

impl Attributes {
    fn new(count: u32) -> io::Result<Attributes> {
        let mut size = 0;
        // SAFETY: without a list it only says how long one is.
        unsafe { InitializeProcThreadAttributeList(null_mut(), count, 0, &mut size) };
        let mut list = vec![0; size.div_ceil(size_of::<usize>())];
        // SAFETY: the list is as long as was asked for.
        succeeded(unsafe { InitializeProcThreadAttributeList(list.as_mut_ptr().cast(), count, 0, &mut size) })?;
        Ok(Attributes(list))
    }

    /// # Safety
    /// The value lives as long as this list, and is what the attribute takes.
    unsafe fn set(&mut self, attribute: u32, value: *const core::ffi::c_void, size: usize) -> io::Result<()> {
        // SAFETY: the list has been made, and the rest is promised.
        succeeded(unsafe {
            UpdateProcThreadAttribute(self.raw(), 0, attribute as usize, value, size, null_mut(), null())
        })
    }

    fn raw(&mut self) -> *mut core::ffi::c_void {
        self.0.as_mut_ptr().cast()
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: the list has been made, and is not used after this.
        unsafe { DeleteProcThreadAttributeList(self.raw()) }
    }
}
