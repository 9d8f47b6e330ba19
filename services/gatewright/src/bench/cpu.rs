use std::time::Duration;

use anyhow::Context as _;
use procfs::process::{Process, all_processes};

/// The processor time that a process has used so far, in user and kernel mode.
pub(super) fn of(pid: u32) -> anyhow::Result<Duration> {
    let stat = Process::new(i32::try_from(pid)?)?.stat()?;
    Ok(ticks(stat.utime + stat.stime))
}

/// The same of one that still has all the threads that it had, to the nanosecond.
pub(super) fn exactly(pid: u32) -> anyhow::Result<Duration> {
    let mut used = 0;
    for task in Process::new(i32::try_from(pid)?)?.tasks()? {
        used += task?.schedstat()?.sum_exec_runtime;
    }
    Ok(Duration::from_nanos(used))
}

/// The resident memory of a process, in KiB.
pub(super) fn memory(pid: u32) -> anyhow::Result<u64> {
    Process::new(i32::try_from(pid)?)?.status()?.vmrss.context("a process that runs has memory")
}

/// The same of a Postgres server: of its processes, and those that have ended since it started.
pub(super) fn of_postgres(postmaster: u32) -> anyhow::Result<Duration> {
    let postmaster = i32::try_from(postmaster)?;
    let stat = Process::new(postmaster)?.stat()?;
    let ended = u64::try_from(stat.cutime + stat.cstime)?;
    let mut used = ticks(stat.utime + stat.stime + ended);
    // One that ends meanwhile is counted by the postmaster the next time.
    for stat in all_processes()?.filter_map(|process| process.ok()?.stat().ok()) {
        if stat.ppid == postmaster {
            used += ticks(stat.utime + stat.stime);
        }
    }
    Ok(used)
}

fn ticks(ticks: u64) -> Duration {
    Duration::from_micros(ticks * 1_000_000 / procfs::ticks_per_second())
}
