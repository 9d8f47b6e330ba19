/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// None found and none fetched.
    #[error("no Postgres")]
    NoBinaries,
}
