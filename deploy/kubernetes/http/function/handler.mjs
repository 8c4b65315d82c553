export const handle = async (event) => ({
  statusCode: 200,
  body: `Hello ${event.queryStringParameters.name ?? 'world'}\n`,
});
