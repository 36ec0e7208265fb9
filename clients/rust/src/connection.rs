//! The connection to the server: made with the first call, shared by all clones of a client, gone when it is closed.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use tonic::transport::{Channel, Endpoint};

use crate::Error;
use crate::proto::admin_service_client::AdminServiceClient;
use crate::proto::key_value_service_client::KeyValueServiceClient;

/// The longest message that a server can be configured to send.
const MESSAGE_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Both services of a server, on one connection, which comes back by itself.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) store: KeyValueServiceClient<Channel>,
    pub(crate) admin: AdminServiceClient<Channel>,
}

impl Connection {
    fn new(channel: Channel) -> Self {
        Self {
            store: KeyValueServiceClient::new(channel.clone())
                .max_decoding_message_size(MESSAGE_BYTES_MAX),
            admin: AdminServiceClient::new(channel).max_decoding_message_size(MESSAGE_BYTES_MAX),
        }
    }
}

/// Makes the connection when it is first wanted: tonic needs a runtime for that, and a client can be made without one.
pub(crate) struct Connector {
    endpoint: Endpoint,
    state: Mutex<State>,
}

enum State {
    Unused,
    Open(Box<Connection>),
    Closed,
}

impl Connector {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        let state = Mutex::new(State::Unused);
        Self { endpoint, state }
    }

    pub(crate) fn connection(&self) -> Result<Connection, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Open(connection) => Ok(Connection::clone(connection)),
            State::Closed => Err(Error::closed()),
            State::Unused => {
                let connection = Connection::new(self.endpoint.connect_lazy());
                *state = State::Open(Box::new(connection.clone()));
                Ok(connection)
            }
        }
    }

    pub(crate) fn close(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::Closed;
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.endpoint.uri())
    }
}
