/**
 * The headers that may bear a token, in the order in which they are looked at: the first that is present counts, and
 * two are never combined. As in the original (Go: `Header.Get(name) == ""`), an empty one counts as absent, so that the
 * next is looked at. On a private function none of them is passed on to the function.
 *
 * One that is repeated needs no rule of its own: Node joins the values with a comma, and no token holds a comma.
 */
export const TOKEN_HEADERS = ['scw-functions-token', 'scw_functions_token', 'x-auth-token'] as const;
