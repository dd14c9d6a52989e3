// A shop in one page: everything that a visitor does, against the API at ?api= (its own origin without one).
import * as documents from "./documents.js";

const api = new URLSearchParams(location.search).get("api") ?? "";
const find = (selector) => document.querySelector(selector);
const AGAIN = new Set(["ORDER_IN_PROGRESS", "CART_UNAVAILABLE"]);
const TRIES = 10;
const TOLD = ["viewer", "message", "count", "total", "source", "receipt"];
const text = Object.fromEntries(TOLD.map((id) => [id, find(`#${id}`)]));
let visit = { viewer: { isGuest: true }, cart: {} };
let order = null; // the key of the order that is being placed: the same until there is an answer

class Refused extends Error {
  constructor({ message, extensions }) {
    super(message);
    this.code = extensions?.code ?? "UNKNOWN";
  }
}

async function ask(query, variables = {}) {
  const response = await fetch(`${api}/graphql`, {
    method: "POST",
    credentials: "include",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const answer = await response.json();
  if (answer.errors?.length) throw new Refused(answer.errors[0]);
  find("#stale").hidden = !answer.extensions?.stale;
  return answer.data;
}

// Do what a visitor wants; what goes wrong is told them.
const doing = (act) => async (event) => {
  event?.preventDefault?.();
  tell();
  document.body.setAttribute("aria-busy", "true");
  try {
    await act(event);
  } catch (error) {
    tell(error.message, error.code ?? error.name);
  } finally {
    document.body.removeAttribute("aria-busy");
  }
};

function tell(message = "", code = "") {
  text.message.hidden = !message;
  text.message.textContent = message;
  text.message.dataset.code = code;
}

function made(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const money = (one) =>
  one ? new Intl.NumberFormat("fr", { style: "currency", currency: one.currencyCode }).format(one.amount) : "";
const picture = (url, size) => api + url.replace("{width}x{height}", `${size}x${size}`);

// -- looking around

async function list(search = null) {
  const { products } = await ask(documents.PRODUCTS, { search, size: 12 });
  text.count.textContent = products.totalCount;
  find("#products").replaceChildren(...products.products.map(card));
}

function card(product) {
  const { firstVariant: variant } = product;
  const link = made("a", { href: product.slug, textContent: product.name, onclick: doing(() => show(product.slug)) });
  const image = made("img", { src: picture(product.imageUrl, 370), alt: "" });
  const price = made("span", { textContent: money(variant?.unitPrice?.price) });
  const add = made("button", { textContent: "Add", disabled: !variant, onclick: doing(() => put(variant.id)) });
  const article = made("article", {}, image, link, price, add);
  article.dataset.variant = variant?.id ?? "";
  return article;
}

async function suggest() {
  const search = find("#search").value.trim();
  const found = search ? (await ask(documents.SUGGESTIONS, { search })).searchSuggestions : null;
  if (find("#search").value.trim() !== search) return; // something else has been typed meanwhile
  const products = (found?.products ?? []).map((one) =>
    made("li", { textContent: one.name, className: "product", onclick: doing(() => show(one.slug)) }),
  );
  const categories = (found?.categories ?? []).map((one) =>
    made("li", { textContent: `${one.category.name} (${one.count})`, className: "category" }),
  );
  find("#suggestions").replaceChildren(...products, ...categories);
  find("#suggestions").hidden = !products.length && !categories.length;
}

async function show(slug) {
  find("#suggestions").hidden = true;
  const { product } = await ask(documents.PRODUCT, { slug });
  find("#product").hidden = false;
  find("#product h2").textContent = product.name;
  find("#product img").src = picture(product.imageUrl, 280);
  for (const link of document.querySelectorAll("link[rel=alternate]")) link.remove();
  document.head.append(
    ...product.hreflang.map((one) => made("link", { rel: "alternate", hreflang: one.hreflang, href: one.slug })),
  );
  find("#languages").replaceChildren(
    ...product.hreflang.map((one) => made("li", { textContent: `${one.hreflang}: ${one.slug}` })),
  );
  find("#together").replaceChildren(
    ...(product.frequentlyBoughtTogether ?? []).map((one) => made("li", { textContent: one.name })),
  );
}

// -- the cart

async function look() {
  visit = await ask(documents.VISIT);
  const { isGuest, name } = visit.viewer;
  text.viewer.textContent = isGuest ? "Guest" : name;
  find("#login").hidden = !isGuest;
  find("#logout").hidden = isGuest;
  find("#account").hidden = isGuest;
  shown(visit.cart);
  if (!isGuest) await orders();
}

function shown(cart) {
  visit.cart = cart ?? {};
  const { lines = [], totals } = visit.cart;
  find("#lines").replaceChildren(
    ...lines.map((line) => {
      const name = line.product?.name ?? `#${line.variantId}`;
      const item = made("li", { textContent: `${Number(line.quantity)} × ${name}: ${money(line.total)}` });
      item.dataset.variant = line.variantId;
      item.dataset.quantity = Number(line.quantity);
      return item;
    }),
  );
  text.total.textContent = money(totals?.total);
  text.source.textContent = totals?.source ?? "";
  find("#begin").disabled = !lines.length;
}

async function put(id) {
  shown((await ask(documents.ADD, { id })).cartAddMultipleItems);
  order = null;
}

// -- who asks

async function login() {
  const given = Object.fromEntries(new FormData(find("#login")));
  await ask(documents.LOGIN, given);
  find("#login").reset();
  await look();
  await list();
}

async function logout() {
  await ask(documents.LOGOUT);
  find("#checkout").hidden = true;
  text.receipt.hidden = true;
  await look();
}

// Orders are Odoo's: while it is away the rest of the page goes on without them.
async function orders() {
  const told = await ask(documents.ORDERS).catch((error) => tell(error.message, error.code));
  const found = told?.orders ?? { orders: [] };
  find("#orders").replaceChildren(
    ...found.orders.map((one) => made("li", { textContent: `${one.name} ${one.stage} ${one.amountTotal}` })),
  );
}

// -- checkout

function choices(place, name, all) {
  const inputs = all.map(({ value, label }, at) =>
    made("label", {}, made("input", { type: "radio", name, value, checked: at === 0 }), ` ${label}`),
  );
  place.replaceChildren(place.querySelector("legend"), ...inputs);
}

const deliveries = (methods) =>
  choices(find("#delivery"), "delivery", (methods ?? []).map((one) => ({ value: one.id, label: one.name })));

async function begin() {
  const told = await ask(documents.CHECKOUT);
  find("#checkout").hidden = false;
  find("#who").hidden = find("#who").disabled = !visit.viewer.isGuest;
  find("[name=country]").replaceChildren(
    ...told.countries.countries.map((one) =>
      made("option", { value: one.id, textContent: one.name, selected: one.code === "BE" }),
    ),
  );
  deliveries(told.deliveryMethods);
  const transfers = (told.paymentProviders ?? []).filter((one) => ["custom", "transfer"].includes(one.code));
  const account = visit.viewer.isGuest ? [] : [{ value: "", label: "On account" }];
  choices(find("#payment"), "payment", [...account, ...transfers.map((one) => ({ value: one.id, label: one.name }))]);
}

async function sayWho(given) {
  const { name, email, phone, street, zip, city } = given;
  await ask(documents.CONTACT, { name, email, phone });
  const countryId = Number(given.country);
  await ask(documents.ADDRESS, { address: { name, phone, street, zip, city, countryId } });
  deliveries((await ask(documents.DELIVERIES)).deliveryMethods); // they depend on where it goes
}

async function place() {
  if (visit.viewer.isGuest) await sayWho(Object.fromEntries(new FormData(find("#checkout"))));
  const given = Object.fromEntries(new FormData(find("#checkout")));
  if (given.delivery) shown((await ask(documents.DELIVERY, { id: Number(given.delivery) })).setShippingMethod);
  order ??= { idempotencyKey: crypto.randomUUID() };
  const input = { ...order, cartVersion: visit.cart.version };
  if (given.payment) input.paymentProviderId = Number(given.payment);
  const { placeOrder: told } = await again(() => ask(documents.PLACE, { input }));
  order = null;
  if (told.status !== "PLACED") {
    const why = told.changes.map((one) => `${one.kind} ${one.message ?? ""}`).join(", ");
    throw Object.assign(new Error(`${told.status}: ${why}`), { code: told.status });
  }
  const { name, stage, amountTotal } = told.receipt;
  text.receipt.hidden = false;
  text.receipt.textContent = `${name}: ${stage}, ${money(amountTotal)}`;
  find("#checkout").hidden = true;
  await look();
}

async function again(act) {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await act();
    } catch (error) {
      if (!AGAIN.has(error.code) || left <= 1) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}

find("#search").addEventListener("input", doing(suggest));
find("#find").addEventListener(
  "submit",
  doing(async () => {
    find("#suggestions").hidden = true;
    await list(find("#search").value);
  }),
);
find("#login").addEventListener("submit", doing(login));
find("#logout").addEventListener("click", doing(logout));
find("#begin").addEventListener("click", doing(begin));
find("#checkout").addEventListener("submit", doing(place));
doing(async () => {
  await Promise.all([list(), look()]);
  document.body.dataset.ready = "yes";
})();
