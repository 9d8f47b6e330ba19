use crate::Problem;

/// Everything that is wrong with a request's members, so that its sender is told all of it at once.
///
/// The answer has the code and the sentence of the first, and every member at fault in `errors`.
#[derive(Debug, Default)]
pub struct Faults(Option<Problem>);

impl Faults {
    /// Takes what could be read, and keeps what is wrong with what could not.
    pub fn take<T, F: Into<Problem>>(&mut self, read: Result<T, F>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(fault) => {
                let problem = fault.into();
                self.0 = Some(match self.0.take() {
                    Some(first) => first.and(problem),
                    None => problem,
                });
                None
            }
        }
    }

    /// Ends it.
    ///
    /// # Errors
    /// When anything was wrong.
    pub fn end(self) -> Result<(), Problem> {
        self.0.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes;

    #[test]
    fn everything_that_is_wrong_is_told() {
        let mut faults = Faults::default();
        assert_eq!(faults.take(Ok::<_, Problem>(1)), Some(1));
        for member in ["/a", "/b"] {
            let wrong = Problem::new(&codes::INVALID_VALUE, member).at(member);
            assert_eq!(faults.take(Err::<(), _>(wrong)), None);
        }
        let told = faults.end().unwrap_err();
        assert_eq!((told.code(), told.detail()), ("request.invalid_value", "/a"));
        let pointers: Vec<_> = told.parts().errors.iter().map(|one| &one.pointer).collect();
        assert_eq!(pointers, ["/a", "/b"]);
        assert!(Faults::default().end().is_ok());
    }
}
