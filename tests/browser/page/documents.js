// What the shop asks. A page of a shop has its own documents; these are enough for a visitor's whole way.
const MONEY = "{ amount currencyCode }";
const CART = `version lineCount
  lines { id variantId quantity problem product { id name } total ${MONEY} }
  totals { source total ${MONEY} }`;

export const PRODUCTS = `query ($search: String, $size: Int!) {
  products(search: $search, pageSize: $size, sort: { name: ASC }) {
    totalCount
    products { id name slug imageUrl firstVariant { id unitPrice { price ${MONEY} } } }
  }
}`;
export const SUGGESTIONS = `query ($search: String!) {
  searchSuggestions(search: $search, first: 6) { products { id name slug } categories { count category { name } } }
}`;
export const PRODUCT = `query ($slug: String!) {
  product(slug: $slug) {
    id name slug imageUrl
    hreflang { hreflang slug }
    frequentlyBoughtTogether { id name slug }
  }
}`;
export const VISIT = `query { viewer { isGuest name } cart { ${CART} } }`;
export const ADD = `mutation ($id: Int!) {
  cartAddMultipleItems(products: [{ id: $id, quantity: 1 }]) { ${CART} }
}`;
export const LOGIN = `mutation ($email: String!, $password: String!) {
  login(email: $email, password: $password) { user { id } }
}`;
export const LOGOUT = "mutation { logout }";
export const CHECKOUT = `query {
  countries(pageSize: 250) { countries { id name code } }
  deliveryMethods { id name price }
  paymentProviders { id name code }
}`;
export const DELIVERIES = "query { deliveryMethods { id name price } }";
export const CONTACT = `mutation ($name: String!, $email: String!, $phone: String!) {
  createUpdatePartner(name: $name, email: $email, phone: $phone) { id }
}`;
export const ADDRESS = `mutation ($address: AddAddressInput!) {
  addAddress(address: $address, type: Shipping) { id }
}`;
export const DELIVERY = `mutation ($id: Int!) { setShippingMethod(shippingMethodId: $id) { ${CART} } }`;
export const PLACE = `mutation ($input: PlaceOrderInput!) {
  placeOrder(input: $input) {
    status changesId changes { kind message }
    receipt { id name stage amountTotal ${MONEY} }
    cart { ${CART} }
  }
}`;
export const ORDERS = "query { orders { orders { id name stage amountTotal } } }";
