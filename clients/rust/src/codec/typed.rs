//! A view of a client whose values are of one type.

use std::fmt;
use std::sync::Arc;

use futures_util::StreamExt;

use super::Codec;
use crate::call::CallFuture;
use crate::calls::{Get, Scan, Set};
use crate::result_stream::ResultStream;
use crate::{Client, Entry, Error, Retries, Value};

impl Client {
    /// A view of this client whose values are of one type, read and written with one codec.
    ///
    /// ```
    /// # #[cfg(feature = "json")] {
    /// # use keyvaluedb_client::{Client, Error, codec::{Json, Typed}};
    /// # use std::collections::BTreeMap;
    /// # async fn example(client: &Client) -> Result<(), Error> {
    /// let flags: Typed<BTreeMap<String, bool>> = client.typed(Json);
    /// flags.set("flags", &BTreeMap::from([("dark".into(), true)])).await?;
    /// if let Some(entry) = flags.get("flags").await? {
    ///     println!("{:?}", entry.value.get("dark"));
    /// }
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    #[must_use]
    pub fn typed<T>(&self, codec: impl Codec<T> + 'static) -> Typed<T> {
        Typed {
            client: self.clone(),
            codec: Arc::new(codec),
        }
    }
}

/// A client whose values are of one type: [`Client::typed`]. Clones are cheap.
pub struct Typed<T> {
    client: Client,
    codec: Arc<dyn Codec<T>>,
}

impl<T> Typed<T> {
    /// Sets a key to a value, as [`Client::set`] does. A value that cannot be encoded fails with `ENCODE_FAILED` when the
    /// call is awaited.
    pub fn set(&self, key: impl Into<String>, value: &T) -> Set {
        Set::new(&self.client, key.into(), self.encode(value))
    }

    /// Reads a key, as [`Client::get`] does.
    pub fn get(&self, key: impl Into<String>) -> GetTyped<T> {
        GetTyped {
            get: self.client.get(key),
            codec: self.codec.clone(),
        }
    }

    /// The bytes of a value, for calls that this view does not have.
    ///
    /// # Errors
    ///
    /// `ENCODE_FAILED` if the codec cannot write it.
    pub fn encode(&self, value: &T) -> Result<Value, Error> {
        Value::encode(self.codec.as_ref(), value)
    }

    /// Reads the value of an entry, of whatever call.
    ///
    /// # Errors
    ///
    /// `DECODE_FAILED` if the value is of another content type than the codec reads, or does not decode.
    pub fn decode(&self, entry: Entry) -> Result<Entry<T>, Error> {
        entry.decode(self.codec.as_ref())
    }

    /// The client of which this is a view.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl<T: Send + 'static> Typed<T> {
    /// Reads the entries of a scan with their values, as [`Scan::stream`] does; it ends with the first value that does
    /// not decode.
    pub fn read(&self, scan: Scan) -> ResultStream<Entry<T>> {
        let codec = self.codec.clone();
        let entries = scan.include_values().stream();
        ResultStream::new(entries.map(move |entry| entry?.decode(codec.as_ref())))
    }
}

impl<T> Clone for Typed<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            codec: self.codec.clone(),
        }
    }
}

impl<T> fmt::Debug for Typed<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content_type = self.codec.content_type();
        write!(formatter, "Typed({content_type})")
    }
}

/// A get of a value of one type, made when it is awaited: [`Typed::get`].
#[must_use = "nothing is read before this is awaited"]
pub struct GetTyped<T> {
    get: Get,
    codec: Arc<dyn Codec<T>>,
}

impl<T> GetTyped<T> {
    /// Read the key as it was at this revision; see [`Get::revision`].
    pub fn revision(mut self, revision: i64) -> Self {
        self.get = self.get.revision(revision);
        self
    }

    /// How long it may take, all tries included, instead of the client's default.
    pub fn deadline(mut self, deadline: std::time::Duration) -> Self {
        self.get = self.get.deadline(deadline);
        self
    }

    /// Whether it is made again, instead of the client's default.
    pub fn retries(mut self, retries: Retries) -> Self {
        self.get = self.get.retries(retries);
        self
    }
}

impl<T: 'static> IntoFuture for GetTyped<T> {
    type Output = Result<Option<Entry<T>>, Error>;
    type IntoFuture = CallFuture<Option<Entry<T>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let entry = self.get.await?;
            entry
                .map(|entry| entry.decode(self.codec.as_ref()))
                .transpose()
        })
    }
}

impl<T> fmt::Debug for GetTyped<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("GetTyped").field(&self.get).finish()
    }
}
