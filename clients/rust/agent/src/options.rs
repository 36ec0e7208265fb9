//! What commands may say or leave out, said to the builders of calls.

/// Sets the options of one call, where the command says some.
macro_rules! with_options {
    ($call:expr, $options:expr) => {{
        let mut call = $call;
        if let Some(deadline) = $options.deadline_ms {
            call = call.deadline(duration(deadline));
        }
        if let Some(on) = $options.retries {
            call = call.retries(retries(on));
        }
        call
    }};
}

/// Says something to a builder, if there is something to say.
macro_rules! say {
    ($call:ident.$method:ident, $value:expr) => {
        if let Some(value) = $value {
            $call = $call.$method(value);
        }
    };
    ($call:ident.$method:ident if $wanted:expr) => {
        if $wanted {
            $call = $call.$method();
        }
    };
}

pub(crate) use {say, with_options};
