//! What this process takes; 0 where the system does not tell (Linux does).

#![allow(dead_code)]

/// MiB that are resident.
pub fn resident() -> u64 {
    status("VmRSS:")
}

/// The most MiB that were resident since the start, or since [`forget_most_resident`].
pub fn most_resident() -> u64 {
    status("VmHWM:")
}

/// Counts the most from here on, where the system lets a process do so.
pub fn forget_most_resident() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Seconds of processor time of all threads; the system counts them in hundredths.
pub fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program is in parentheses and may hold anything.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or(0) >> 10
}
