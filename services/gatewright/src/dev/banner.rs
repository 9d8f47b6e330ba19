use super::home::{Demo, Home};
use crate::print;

/// Says what runs where, and the three lines that show the product at work.
pub(crate) fn show(base_url: &str, home: &Home, demo: &Demo) {
    let Demo { tenant_id, api_key, gate_id, platform_key } = demo;
    let minted = home.path("mint.json");
    let minted = minted.display();
    let member = |name: &str| format!(r#"$(sed -E 's/.*"{name}":"([^"]+)".*/\1/' '{minted}')"#);
    let headers =
        format!("-H 'Authorization: Bearer {api_key}' -H 'Content-Type: application/json'");
    print::line(&format!(
        r#"
Gatewright is ready.

  API             {base_url}
  description     {base_url}/openapi.json
  readiness       {base_url}/readyz
  gate's keys     {base_url}/v1/gates/{gate_id}/jwks.json
  log's key       {base_url}/v1/log/{tenant_id}/vkey

  tenant          {tenant_id}
  gate            {gate_id}
  API key         {api_key}
  platform key    {platform_key}

Mint a capability, check it, revoke it:

curl -sS {base_url}/v1/admin/mint {headers} -d '{{"subject":"demo-agent","tools":["read_invoice"],"ttl_seconds":3600}}' | tee '{minted}'
curl -sS {base_url}/v1/gates/{gate_id}/check {headers} -d '{{"action":"read_invoice","credential":{{"kind":"capability","value":"'"{token}"'"}}}}'
curl -sS {base_url}/v1/admin/revoke {headers} -d '{{"jti":"'"{jti}"'","reason":"demo"}}'

Before the revocation the check answers "decision":"allow"; afterwards the same check answers
"decision":"block","code":"credential.revoked". Ctrl-C stops everything; the next start resumes."#,
        token = member("token"),
        jti = member("jti"),
    ));
}
