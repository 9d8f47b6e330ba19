/// Why a process cannot start. The code is stable; the sentence says what to do.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The configuration cannot be read, or names something that does not exist.
    #[error("{0}")]
    Config(String),
    /// No registered service has this name.
    #[error("there is no service `{name}`; there are {known}")]
    NoSuchService {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// Two services, or one twice, answer the same method and path.
    #[error("{method} {path} is claimed by `{first}` and by `{second}`")]
    DuplicateRoute {
        /// The HTTP method.
        method: String,
        /// The path, without its mount.
        path: String,
        /// Who claimed it first.
        first: String,
        /// Who claimed it again.
        second: String,
    },
    /// Two operations of the API have the same name.
    #[error("two operations are called `{0}`")]
    DuplicateOperation(String),
    /// The root key is missing or cannot be read.
    #[error("{0}")]
    RootKey(String),
    /// The root key that is being replaced cannot be read.
    #[error("the previous root key: {0}")]
    PreviousRootKey(String),
    /// A rotation needs the root key that is being replaced.
    #[error(
        "there is no root key to rotate from: set keys.root_key_file to the new key and \
         keys.previous_root_key_file to the one that is in use"
    )]
    NoPreviousRootKey,
    /// One key stands in both places.
    #[error("keys.root_key and keys.previous_root_key are the same key")]
    SameRootKey,
    /// The certificate or its key cannot be used.
    #[error("tls: {0}")]
    Tls(String),
    /// The database refused to be used.
    #[error(transparent)]
    Db(#[from] gw_db::DbError),
    /// A service could not be put together.
    #[error("the service `{name}` could not be built: {error:#}")]
    Build {
        /// The service.
        name: &'static str,
        /// Why.
        error: anyhow::Error,
    },
    /// The address could not be listened on, or the signals not be watched.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Why.
        error: std::io::Error,
    },
}

impl RuntimeError {
    /// The stable, dotted code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(_) => "config.invalid",
            Self::NoSuchService { .. } => "config.no_such_service",
            Self::DuplicateRoute { .. } => "routes.duplicate",
            Self::DuplicateOperation(_) => "routes.duplicate_operation",
            Self::RootKey(_) => "keys.root_missing",
            Self::PreviousRootKey(_) => "keys.previous_unreadable",
            Self::NoPreviousRootKey => "keys.previous_missing",
            Self::SameRootKey => "keys.same_key",
            Self::Tls(_) => "tls.unusable",
            Self::Db(error) => gw_kernel::Fault::code(error),
            Self::Build { .. } => "service.build",
            Self::Listen { .. } => "listen.failed",
        }
    }
}

impl From<figment::Error> for RuntimeError {
    fn from(error: figment::Error) -> Self {
        Self::Config(error.to_string())
    }
}
