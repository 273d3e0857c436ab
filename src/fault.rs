//! Faults planted on purpose, to show that each is caught. Only a build with the feature `planted-faults` has any.

/// Whether this fault is planted: the variable `TRIHELIX_FAULT` names it.
#[cfg(feature = "planted-faults")]
#[must_use]
pub fn planted(name: &str) -> bool {
    static NAMED: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    NAMED.get_or_init(|| std::env::var("TRIHELIX_FAULT").ok()).as_deref() == Some(name)
}

/// Whether this fault is planted: never, in this build.
#[cfg(not(feature = "planted-faults"))]
#[inline(always)]
#[must_use]
pub const fn planted(_: &str) -> bool {
    false
}
