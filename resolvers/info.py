"""The resolve info of our resolvers: its context is the request."""

from graphql import GraphQLResolveInfo

from resolvers.context import RequestContext

Info = GraphQLResolveInfo[RequestContext]
