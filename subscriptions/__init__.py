"""What customers follow: categories, promotions, products that are out of stock; and how they are told of news."""
