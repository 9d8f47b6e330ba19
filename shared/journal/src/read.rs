//! Reading entries back.
