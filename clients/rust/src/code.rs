//! How a call ended, in the words of gRPC.

use std::fmt;

macro_rules! codes {
    ($($variant:ident $name:literal $meaning:literal,)*) => {
        /// The status of a call that failed.
        ///
        /// For what a program should do, [`Error::reason`](crate::Error::reason) says more.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $meaning] $variant,)*
        }

        impl Code {
            /// The name that gRPC gives it, such as `ALREADY_EXISTS`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        impl From<tonic::Code> for Code {
            fn from(code: tonic::Code) -> Self {
                match code {
                    $(tonic::Code::$variant => Self::$variant,)*
                    // An error that says OK breaks the protocol.
                    tonic::Code::Ok => Self::Unknown,
                }
            }
        }
    };
}

codes! {
    Cancelled "CANCELLED" "It was cancelled, or the client was closed.",
    Unknown "UNKNOWN" "The server did not say.",
    InvalidArgument "INVALID_ARGUMENT" "Something in the call is not as it must be.",
    DeadlineExceeded "DEADLINE_EXCEEDED" "It was not answered in time.",
    NotFound "NOT_FOUND" "The key was to exist and does not.",
    AlreadyExists "ALREADY_EXISTS" "The key was not to exist and does.",
    PermissionDenied "PERMISSION_DENIED" "The caller may not do this.",
    ResourceExhausted "RESOURCE_EXHAUSTED" "The server has no room for this now.",
    FailedPrecondition "FAILED_PRECONDITION" "The store is not in a state for this.",
    Aborted "ABORTED" "Somebody else was faster.",
    OutOfRange "OUT_OF_RANGE" "A position that is not kept any more, or a sum that does not fit.",
    Unimplemented "UNIMPLEMENTED" "The server does not know this call.",
    Internal "INTERNAL" "A fault of the server's or of this client's.",
    Unavailable "UNAVAILABLE" "No server answered, or it cannot serve now.",
    DataLoss "DATA_LOSS" "A record is damaged on disk.",
    Unauthenticated "UNAUTHENTICATED" "The caller did not say who it is.",
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
