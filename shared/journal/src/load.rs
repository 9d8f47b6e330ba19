//! How much one batch carries.

/// No batch has more checks.
const MAX_CHECKS: usize = 512;
/// No batch takes more from budgets, whatever a credential names: each is a row that is written
/// while heads are held. A single check with more is a batch of its own.
const MAX_RESERVATIONS: usize = 2048;

/// What a batch carries so far.
#[derive(Debug, Default)]
pub(crate) struct Load {
    checks: usize,
    reservations: usize,
}

impl Load {
    /// Whether it takes one check more, or one unit, which is counted then. An empty batch takes any.
    pub(crate) fn takes(&mut self, checks: usize, reservations: usize) -> bool {
        let (checks, reserved) = (self.checks + checks, self.reservations + reservations);
        let fits = self.checks == 0 || (checks <= MAX_CHECKS && reserved <= MAX_RESERVATIONS);
        if fits {
            (self.checks, self.reservations) = (checks, reserved);
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(mut load: Load, each: usize) -> usize {
        std::iter::repeat_with(|| load.takes(1, each)).take_while(|taken| *taken).count()
    }

    #[test]
    fn a_batch_is_bounded_by_checks_and_by_what_they_take() {
        assert_eq!(taken(Load::default(), 0), MAX_CHECKS);
        assert_eq!(taken(Load::default(), 4), MAX_CHECKS);
        assert_eq!(taken(Load::default(), 64), 32);
        assert_eq!(taken(Load::default(), MAX_RESERVATIONS + 1), 1);
        assert_eq!(taken(Load { checks: 1, reservations: 0 }, MAX_RESERVATIONS + 1), 0);
    }

    #[test]
    fn a_unit_counts_as_all_its_checks() {
        let mut load = Load::default();
        assert!(load.takes(MAX_CHECKS - 1, 0));
        assert!(!load.takes(2, 0));
        assert!(load.takes(1, 0));
        assert!(Load::default().takes(MAX_CHECKS + 1, 0), "an empty batch takes any");
    }
}
