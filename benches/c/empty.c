/* Does nothing: what starting any process costs. */
int main(void)
{
	return 0;
}
