/** Changes of a case, each of the version that was read. */
import { answered, api, type Schemas, whole } from "../../api/client";

/** Change title or assignee; what is absent stays. Returns the tag of the new version. */
export async function edited(id: string, etag: string, body: Schemas["CaseEdit"]): Promise<string> {
  const { response } = await whole(
    api.PATCH("/api/v1/cases/{case}", {
      params: { path: { case: id }, header: { "If-Match": etag } },
      body,
    }),
  );
  return response.headers.get("etag") ?? "";
}

export async function addAlerts(id: string, alerts: string[]): Promise<void> {
  await answered(api.POST("/api/v1/cases/{case}/alerts", { params: { path: { case: id } }, body: { alerts } }));
}

export async function removeAlert(id: string, alert: string): Promise<void> {
  await answered(api.DELETE("/api/v1/cases/{case}/alerts/{alert}", { params: { path: { case: id, alert } } }));
}

export async function addWallets(id: string, wallets: string[]): Promise<void> {
  await answered(api.POST("/api/v1/cases/{case}/wallets", { params: { path: { case: id } }, body: { wallets } }));
}

export async function removeWallet(id: string, key: string): Promise<void> {
  await answered(api.DELETE("/api/v1/cases/{case}/wallets/{key}", { params: { path: { case: id, key } } }));
}
