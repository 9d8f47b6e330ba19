use gw_kernel::TenantId;
use uuid::Uuid;

/// A rotation of one tenant's data key that is under way.
#[derive(Debug, Clone, Copy)]
pub struct Rotation {
    pub(crate) id: Uuid,
    /// Somebody began it before, and did not end it.
    pub resumed: bool,
}

/// How tenants' data keys are sealed.
#[derive(Debug, Clone, Default)]
pub struct Resealed {
    /// Under the root key before; under the current one now.
    pub resealed: u64,
    /// Under the current root key already.
    pub already: u64,
    /// Under neither.
    pub unreadable: Vec<TenantId>,
}

impl Resealed {
    /// Counts these as well.
    pub fn add(&mut self, more: Self) {
        self.resealed += more.resealed;
        self.already += more.already;
        self.unreadable.extend(more.unreadable);
    }
}
