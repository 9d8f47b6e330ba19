use std::time::Duration;

use http::{HeaderValue, header};
use opentelemetry_proto::{
    tonic::collector::trace::v1::ExportTraceServiceRequest,
    transform::{
        common::tonic::ResourceAttributesWithSchema,
        trace::tonic::group_spans_by_resource_and_scope,
    },
};
use opentelemetry_sdk::{Resource, trace::SpanData};
use prost::Message as _;
use reqwest::{Client, Url};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{
    sync::mpsc::Receiver,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::queue::dropped;
use crate::RuntimeError;

/// Spans that are sent at once.
const MOST: usize = 512;
/// How long the first one waits for others.
const GATHER: Duration = Duration::from_secs(1);
/// How long the collector may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who takes spans.
pub(super) struct Collector {
    client: Client,
    url: Url,
    authorization: Option<HeaderValue>,
    resource: ResourceAttributesWithSchema,
}

impl Collector {
    pub(super) fn new(
        endpoint: &str,
        authorization: Option<&SecretString>,
        resource: &Resource,
    ) -> Result<Self, RuntimeError> {
        let refuse = |key: &str| RuntimeError::Config(format!("telemetry.otlp.{key}"));
        let url = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
        let url = Url::parse(&url).map_err(|_| refuse("endpoint is no URL"))?;
        let authorization = authorization.map(|text| {
            let value = HeaderValue::from_str(text.expose_secret());
            value.map_err(|_| refuse("authorization is no header"))
        });
        let mut authorization = authorization.transpose()?;
        if let Some(value) = &mut authorization {
            value.set_sensitive(true);
        }
        let client = Client::builder().timeout(PATIENCE).build();
        let client = client.map_err(|error| refuse(&error.to_string()))?;
        Ok(Self { client, url, authorization, resource: resource.into() })
    }

    /// Sends spans until it is stopped and none waits.
    pub(super) async fn run(self, mut spans: Receiver<SpanData>, stop: CancellationToken) {
        let mut well = true;
        loop {
            let batch = gather(&mut spans, &stop).await;
            if batch.is_empty() {
                return;
            }
            let count = batch.len();
            let sent = self.send(batch).await;
            match &sent {
                Ok(()) if !well => tracing::info!("the collector takes traces again"),
                Err(error) if well => tracing::warn!(error, "the collector takes no traces"),
                _ => {}
            }
            well = sent.is_ok();
            if !well {
                dropped(count);
            }
        }
    }

    async fn send(&self, spans: Vec<SpanData>) -> Result<(), String> {
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let mut request = self.client.post(self.url.clone()).body(body);
        request = request.header(header::CONTENT_TYPE, "application/x-protobuf");
        if let Some(authorization) = &self.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        // A URL may hold what nobody should read.
        let answer = request.send().await.map_err(|error| error.without_url().to_string())?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(format!("it answered {status}")) }
    }
}

/// Some spans, or none when there will be no more.
async fn gather(spans: &mut Receiver<SpanData>, stop: &CancellationToken) -> Vec<SpanData> {
    let mut batch = Vec::with_capacity(MOST);
    let mut until: Option<Instant> = None;
    while batch.len() < MOST {
        let room = MOST - batch.len();
        tokio::select! {
            biased;
            () = stop.cancelled(), if !spans.is_closed() => spans.close(),
            came = spans.recv_many(&mut batch, room) => {
                if came == 0 {
                    break;
                }
                until.get_or_insert_with(|| Instant::now() + GATHER);
            }
            () = async { sleep_until(until.unwrap_or_else(Instant::now)).await }, if until.is_some() => break,
        }
    }
    batch
}
