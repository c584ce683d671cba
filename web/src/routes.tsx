/** Every page and its path: the table of contents. Pages are loaded when they are opened first. */
import type { ComponentType } from "preact";
import type { Parameters } from "./router";

export interface PageProps {
  parameters: Parameters;
}

export type Page = ComponentType<PageProps>;

export interface Route {
  pattern: string;
  load: () => Promise<{ default: Page }>;
}

export const ROUTES: readonly Route[] = [
  { pattern: "/", load: () => import("./pages/alerts/queue") },
  { pattern: "/alerts", load: () => import("./pages/alerts/queue") },
  { pattern: "/alerts/{id}", load: () => import("./pages/alert/alert") },
  { pattern: "/wallets/{key}", load: () => import("./pages/wallet/wallet") },
  { pattern: "/transactions/{key}", load: () => import("./pages/transaction/transaction") },
  { pattern: "/graph", load: () => import("./pages/graph/graph") },
  { pattern: "/graph/{case}", load: () => import("./pages/graph/graph") },
  { pattern: "/search", load: () => import("./pages/search/search") },
  { pattern: "/dashboard", load: () => import("./pages/dashboard/dashboard") },
  { pattern: "/cases", load: () => import("./pages/cases/list") },
  { pattern: "/cases/{id}", load: () => import("./pages/cases/case") },
  { pattern: "/attributions", load: () => import("./pages/attributions/list") },
  { pattern: "/attributions/import", load: () => import("./pages/attributions/import") },
  { pattern: "/attributions/{id}", load: () => import("./pages/attributions/attribution") },
  { pattern: "/entities", load: () => import("./pages/entities/list") },
  { pattern: "/entities/{key}", load: () => import("./pages/entities/entity") },
  { pattern: "/rules", load: () => import("./pages/rules/list") },
  { pattern: "/rules/new-rule", load: () => import("./pages/rules/new") },
  { pattern: "/rules/{id}", load: () => import("./pages/rules/rule") },
  { pattern: "/policies", load: () => import("./pages/policies/list") },
  { pattern: "/policies/new-policy", load: () => import("./pages/policies/new") },
  { pattern: "/policies/{id}", load: () => import("./pages/policies/policy") },
  { pattern: "/models", load: () => import("./pages/models/list") },
  { pattern: "/models/{id}", load: () => import("./pages/models/model") },
  { pattern: "/jobs", load: () => import("./pages/jobs/list") },
  { pattern: "/jobs/runs", load: () => import("./pages/jobs/runs") },
  { pattern: "/jobs/runs/{before}/{after}", load: () => import("./pages/jobs/diff") },
  { pattern: "/jobs/{id}", load: () => import("./pages/jobs/job") },
  { pattern: "/audit", load: () => import("./pages/audit/log") },
  { pattern: "/audit/{seq}", load: () => import("./pages/audit/event") },
];

/** What the navigation shows; G and the letter go there. */
export const PLACES = [
  { path: "/alerts", name: "Alerts", key: "a" },
  { path: "/cases", name: "Cases", key: "c" },
  { path: "/graph", name: "Graph", key: "g" },
  { path: "/search", name: "Search", key: "s" },
  { path: "/dashboard", name: "Dashboard", key: "d" },
  { path: "/attributions", name: "Attributions", key: "t" },
  { path: "/entities", name: "Entities", key: "e" },
  { path: "/rules", name: "Rules", key: "r" },
  { path: "/policies", name: "Policies", key: "p" },
  { path: "/models", name: "Models", key: "m" },
  { path: "/jobs", name: "Jobs", key: "j" },
  { path: "/audit", name: "Audit", key: "u" },
] as const;
