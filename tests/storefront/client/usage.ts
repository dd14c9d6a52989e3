// What a shop does with the generated client: read what may be null as such, and send what is asked for.
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import {
  CartAddItemDocument,
  GetOrdersQueryDocument,
  GetProductTemplateQueryDocument,
  LoginMutationDocument,
  PlaceOrderDocument,
  type OrderStage,
  type ProductFilterInput,
} from "./generated.js";

declare function send<Result, Variables>(document: TypedDocumentNode<Result, Variables>, variables: Variables): Promise<Result>;

export async function price(slug: string): Promise<unknown> {
  const { product } = await send(GetProductTemplateQueryDocument, { slug });
  // @ts-expect-error: there may be no such product
  product.id;
  return product?.firstVariant?.combinationInfoVariant;
}

export async function add(id: number): Promise<number> {
  const { cartAddMultipleItems: cart } = await send(CartAddItemDocument, { products: [{ id, quantity: 1 }] });
  // @ts-expect-error: ids are numbers
  await send(CartAddItemDocument, { products: [{ id: "1", quantity: 1 }] });
  // @ts-expect-error: they are needed
  await send(CartAddItemDocument, {});
  return cart?.order?.websiteOrderLine?.length ?? 0;
}

export async function order(idempotencyKey: string): Promise<OrderStage | undefined> {
  const { placeOrder } = await send(PlaceOrderDocument, { input: { idempotencyKey } });
  const amount: string | undefined = placeOrder.receipt?.amountTotal?.amount;
  // @ts-expect-error: an exact amount is text
  const wrong: number | undefined = placeOrder.receipt?.amountTotal?.amount;
  return amount === wrong ? undefined : placeOrder.receipt?.stage;
}

export async function names(): Promise<(string | null | undefined)[]> {
  const { orders } = await send(GetOrdersQueryDocument, {});
  return (orders?.orders ?? []).map((one) => one?.name);
}

export async function signIn(email: string, password: string): Promise<number | undefined> {
  const { login } = await send(LoginMutationDocument, { email, password });
  return login?.user?.partner?.id;
}

export const filter: ProductFilterInput = { attribValues: ["1-2"], categorySlug: null };
// @ts-expect-error: no such filter
export const wrong: ProductFilterInput = { colour: "red" };
