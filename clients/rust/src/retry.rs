//! When a call is made again, and after how long.

use std::time::Duration;

use crate::{Code, Error};

const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Whether a call that failed is made again.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Retries {
    /// After UNAVAILABLE, and after `RESOURCE_EXHAUSTED` if the server says after how long, until the deadline. Every
    /// write has a request id then, so that it is done once.
    #[default]
    On,
    /// There is one try, and no request id is made.
    Off,
}

/// Whether trying again may help, without the caller's doing.
pub(crate) fn may_pass(error: &Error) -> bool {
    match error.code() {
        Code::Unavailable => true,
        Code::ResourceExhausted => error.retry_after().is_some(),
        _ => false,
    }
}

/// The waits between tries: as long as the server said, else longer each time, and random so that many clients do not
/// come back at the same moment.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    tries: u32,
}

impl Waits {
    /// How long to wait after this error; `share` is a random number from 0 to 1.
    pub(crate) fn next(&mut self, error: &Error, share: f64) -> Duration {
        let whole = FIRST_WAIT
            .saturating_mul(2_u32.saturating_pow(self.tries))
            .min(LONGEST_WAIT);
        self.tries = self.tries.saturating_add(1);
        error
            .retry_after()
            .unwrap_or_else(|| whole.mul_f64(0.5 + share / 2.0))
    }

    /// What was tried has worked: the next wait is the first again.
    pub(crate) fn begin_again(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::{Waits, may_pass};
    use crate::error::Error;
    use crate::{Code, Reason};
    use std::collections::HashMap;
    use std::time::Duration;

    fn waits(share: f64) -> Vec<u128> {
        let mut waits = Waits::default();
        let lost = Error::unreachable("gone");
        (0..8)
            .map(|_| waits.next(&lost, share).as_millis())
            .collect()
    }

    #[test]
    fn waits_are_doubled_up_to_two_seconds() {
        assert_eq!(waits(1.0), [50, 100, 200, 400, 800, 1600, 2000, 2000]);
    }

    #[test]
    fn waits_are_at_least_half_as_long() {
        assert_eq!(waits(0.0), [25, 50, 100, 200, 400, 800, 1000, 1000]);
    }

    #[test]
    fn waits_begin_again() {
        let mut waits = Waits::default();
        let lost = Error::unreachable("gone");
        waits.next(&lost, 1.0);
        waits.next(&lost, 1.0);
        waits.begin_again();
        assert_eq!(waits.next(&lost, 1.0), Duration::from_millis(50));
    }

    #[test]
    fn waits_are_what_the_server_says() {
        let mut status = Waits::default();
        assert_eq!(
            status.next(&overloaded(Some(700)), 0.3),
            Duration::from_millis(700)
        );
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        assert!(may_pass(&Error::unreachable("gone")));
        assert!(may_pass(&overloaded(Some(10))));
        assert!(!may_pass(&overloaded(None)));
        assert!(!may_pass(&Error::deadline_exceeded()));
        assert!(!may_pass(&Error::closed()));
        assert!(!may_pass(&Error::new(
            Reason::PreconditionFailed,
            Code::Aborted,
            "other"
        )));
    }

    fn overloaded(after_ms: Option<u64>) -> Error {
        use tonic_types::{ErrorDetails, StatusExt};
        let mut details = ErrorDetails::new();
        details.set_error_info("OVERLOADED", "keyvaluedb", HashMap::new());
        if let Some(after_ms) = after_ms {
            details.set_retry_info(Some(Duration::from_millis(after_ms)));
        }
        let code = tonic::Code::ResourceExhausted;
        tonic::Status::with_error_details(code, "busy", details).into()
    }
}
