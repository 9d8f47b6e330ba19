//! What every list that can be counted has to hold to.

use http::StatusCode;
use serde_json::{Value, json};

use crate::App;

impl App {
    /// Demands that a list says how many rows it has in all, by filter; the same beside every part of
    /// it, and only where that is asked. At least two rows have to be there without a filter.
    ///
    /// # Panics
    /// When it does not.
    pub async fn demand_counted(&self, path: &str, key: &str, expected: &[(&str, u32)]) {
        for (filter, rows) in expected {
            let list = self.list(&format!("{path}?count=true&limit=1&{filter}"), key).await;
            assert_eq!(said(&list), (&json!(rows), &json!(false)), "{path}?{filter}");
        }
        let first = self.list(&format!("{path}?count=true&limit=1"), key).await;
        let cursor = first["next_cursor"].as_str().expect("more than one row");
        let second = self.list(&format!("{path}?count=true&limit=1&cursor={cursor}"), key).await;
        assert_eq!(said(&second), said(&first), "{path}: the second part is of the same list");
        for unasked in ["", "?count=false"] {
            let list = self.list(&format!("{path}{unasked}"), key).await;
            assert_eq!(said(&list), (&Value::Null, &Value::Null), "{path}{unasked}");
        }
        for bad in ["many", "1", "TRUE", ""] {
            let (status, problem) = self.get(&format!("{path}?count={bad}"), key).await;
            let told = (status, &problem["code"]);
            assert_eq!(
                told,
                (StatusCode::BAD_REQUEST, &json!("request.invalid_query")),
                "{path}?count={bad}"
            );
        }
    }

    /// Demands that a list of more than 10,000 rows counts no further.
    ///
    /// # Panics
    /// When it does.
    pub async fn demand_capped(&self, path: &str, key: &str) {
        let list = self.list(&format!("{path}?count=true&limit=1"), key).await;
        assert_eq!(said(&list), (&json!(10_000), &json!(true)), "{path}");
    }

    async fn list(&self, path: &str, key: &str) -> Value {
        let (status, list) = self.get(path, key).await;
        assert_eq!(status, StatusCode::OK, "{path}: {list}");
        list
    }
}

fn said(list: &Value) -> (&Value, &Value) {
    (&list["count"], &list["count_capped"])
}
